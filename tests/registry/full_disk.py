"""What happens in a workspace on a disk that is too small, line by line (the folder of the disk, a file too large).

python -m tests.registry.full_disk FOLDER FILE
"""

from __future__ import annotations

import sys
from pathlib import Path

from jupyter_mlops.errors import MlopsError
from jupyter_mlops.records import CapturedModel, Provenance
from jupyter_mlops.registry import events, models
from jupyter_mlops.storage import Store, create_store

PROVENANCE = Provenance(user="ada", host="lovelace", python="3.11.7")


def register_what_does_not_fit(store: Store, file: str) -> None:
    """The disk is full in the middle of a registration."""
    try:
        models.register(store, "diabetes", CapturedModel(folder=file, flavor="pickle"), provenance=PROVENANCE)
    except MlopsError as error:
        print(f"{type(error).__name__}: {error}")
    left = [path.name for path in Path(store.blobs.root).rglob("*") if path.is_file()]
    print(models.names(store), left)


def write_until_nothing_fits(store: Store) -> int:
    """The disk is full in the middle of a transaction; returns the last number that was given out."""
    number = 0
    try:
        while True:
            number = events.append(store, "x", "log", "y" * 1000)
    except MlopsError as error:
        print(f"{type(error).__name__}: {error}")
    return number


def main(folder: str, file: str) -> None:
    """Everything, one after the other."""
    with create_store(Path(folder) / "ws") as store:
        register_what_does_not_fit(store, file)
        filler = Path(folder) / "filler"
        with filler.open("wb", buffering=0) as stream:
            try:
                while stream.write(b"x" * 4096):
                    pass
            except OSError:
                print("full")
        last = write_until_nothing_fits(store)
        filler.unlink()
        print(events.append(store, "x", "log", "room again") - last, events.last(store) - last)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
