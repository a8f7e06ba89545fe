"""SURFACE: what CI types, `jupyter mlops GROUP VERB`.

May import `sdk` and what lies below; never another surface. One module a group; `parser` puts them together.
Standard output holds the result (a table, or one JSON document); progress and errors go to standard error.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 a conflict.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from jupyter_mlops.errors import MlopsError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it went."""
    from jupyter_mlops.cli.parser import build
    from jupyter_mlops.sdk.notices import as_a_command

    options = build().parse_args(arguments)
    try:
        with as_a_command():
            code = options.command(options)
    except MlopsError as error:
        from jupyter_mlops.cli.hints import retell

        retell(error)
        print(f"jupyter mlops: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("jupyter mlops: detached; what was begun goes on (jupyter mlops operation list)", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()
        return 0
    return int(code or 0)
