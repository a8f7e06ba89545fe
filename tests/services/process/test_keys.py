from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.services.process import keys


def test_two_keys_that_only_their_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.make(folder)
    primary, secondary = keys.read(folder)
    assert primary != secondary
    assert min(len(primary), len(secondary)) >= 43
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    keys.make(folder)
    assert keys.read(folder) == (primary, secondary)


def test_one_key_is_replaced_and_the_other_stays(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.make(folder)
    primary, secondary = keys.read(folder)
    new = keys.write(folder, "Primary")
    assert keys.read(folder) == (new, secondary)
    assert new != primary
    assert keys.write(folder, "secondary", "a-key-of-my-own-choice") == keys.read(folder)[1]


@pytest.mark.parametrize(("name", "value"), [("third", None), ("primary", "short"), ("primary", "with a blank " * 3)])
def test_what_is_no_key_is_refused_and_never_repeated(tmp_path: Path, name: str, value: str | None) -> None:
    keys.make(tmp_path / "keys")
    with pytest.raises(UsageError) as caught:
        keys.write(tmp_path / "keys", name, value)
    assert value is None or value not in str(caught.value)
