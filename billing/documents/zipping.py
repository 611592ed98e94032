"""A zip file in parts: what has been written is handed on before the next file is asked for."""

import io
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple
from zipfile import ZIP_STORED, ZipFile, ZipInfo

# What a web process holds of a zip file while it hands it out, some times over.
PART_BYTES = 256 * 1024
_READABLE_BY_ALL = 0o644 << 16


class File(NamedTuple):
    """One file of the zip file."""

    name: str
    day: date
    content: bytes


def zipped(files: Iterable[File]) -> Iterator[bytes]:
    """Yield a zip file of the files in parts of PART_BYTES, the last one shorter. PDFs are compressed already.

    The same files make the same bytes. No more is held than one file and a part.
    """
    end = _End()
    with ZipFile(end, "w", ZIP_STORED) as archive:
        for file in files:
            info = ZipInfo(file.name, (file.day.year, file.day.month, file.day.day, 0, 0, 0))
            info.external_attr = _READABLE_BY_ALL
            archive.writestr(info, file.content)
            yield from end.whole_parts()
    yield from end.whole_parts()
    if rest := end.getvalue():
        yield rest


class _End(io.BytesIO):
    """The end of the zip file, which has not been handed on yet.

    `zipfile` goes back to the header of the file that it writes, to fill in its length: programs that read a zip file
    from front to back need it there. Further back it does not go.
    """

    _handed_on = 0

    def tell(self) -> int:
        """Return the place in the whole zip file."""
        return self._handed_on + super().tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place in the whole zip file; zipfile counts from its beginning only."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("counted from the beginning only")
        return self._handed_on + super().seek(offset - self._handed_on)

    def whole_parts(self) -> Iterator[bytes]:
        """Hand on what fills parts, and keep the rest."""
        written = self.getvalue()
        whole = len(written) - len(written) % PART_BYTES
        if whole:
            self._handed_on += whole
            super().seek(0)
            self.truncate()
            self.write(written[whole:])
        for start in range(0, whole, PART_BYTES):
            yield written[start : start + PART_BYTES]
