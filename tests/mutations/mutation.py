"""One way to break the shop, and the tests that must not let it pass."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]

Database = Literal["sqlite", "postgresql"]


@dataclass(frozen=True)
class Mutation:
    """A text of a file that is replaced, and the tests (as pytest takes them) that then fail on the database."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    database: Database = "sqlite"

    def problem(self, root: Path = ROOT) -> str:
        """Return why it cannot be tried on the tree; an empty text when it can."""
        found = (root / self.file).read_text().count(self.old)
        if found != 1:
            return f"its text stands {found} times in {self.file}"
        missing = [test for test in self.tests if not (root / test.partition("::")[0]).exists()]
        return f"no such tests: {', '.join(missing)}" if missing else ""

    def apply(self, root: Path) -> None:
        """Break the tree."""
        file = root / self.file
        file.write_text(file.read_text().replace(self.old, self.new))

    def undo(self, root: Path) -> None:
        """Mend the tree, from the whole one."""
        (root / self.file).write_bytes((ROOT / self.file).read_bytes())
