"""Files of backups: complete or not there at all, for their owner's eyes only, and never written over."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Give an empty file beside `target` to write to, readable by its owner only (0600), and name it `target` at the
    end; after an error it is taken away. Raises FileExistsError when there is a `target`, also one that came meanwhile.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already")
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}.unfinished")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield unfinished
        _to_disk(unfinished)
        # Unlike a rename, a link never takes another file's place.
        os.link(unfinished, target)
        _to_disk(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
