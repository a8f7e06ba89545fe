"""The process that advances one operation, and nobody else does.

Its standard output is the operation's own file in the machine folder: what is found there is a fault of ours.
"""

from __future__ import annotations

import traceback

from jupyter_mlops.errors import MlopsError, OperationError
from jupyter_mlops.operations.reporter import Cancelled, Reporter
from jupyter_mlops.operations.work import WORK
from jupyter_mlops.records import OperationRecord
from jupyter_mlops.registry import operations
from jupyter_mlops.storage import Store

__all__ = ["run"]


def run(store: Store, operation_id: str) -> int:
    """Do the operation's work to its end, whatever that is; the exit code is 0 when it succeeded."""
    record = operations.advance(store, operation_id, state="Running")
    try:
        with Reporter(store, operation_id) as reporter:
            result = WORK[record.kind](store, record, reporter)
            reporter.done()
    except Cancelled:
        operations.finish(store, operation_id, "Cancelled")
        return 1
    except MlopsError as error:
        operations.finish(store, operation_id, "Failed", error=error.to_dict())
        return 1
    except Exception as error:
        operations.finish(store, operation_id, "Failed", error=_fault(record, error).to_dict())
        raise
    operations.finish(store, operation_id, "Succeeded", result=result)
    return 0


def _fault(record: OperationRecord, error: Exception) -> OperationError:
    """A fault of ours, told with its traceback so that it can be reported."""
    return OperationError(
        f"the {record.kind} of {record.subject} failed: {type(error).__name__}: {error}",
        hint=f"%operations {record.id} shows the log",
        details="".join(traceback.format_exception(error)),
    )
