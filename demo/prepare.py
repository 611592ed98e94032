"""What must be done before the demo's web process starts: tables, static files, sample data. A process of its own."""

import hashlib
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

from demo.home import Home

# The sample data's models can be imported only after this.
django.setup()

from demo import sample  # noqa: E402


def main(home: Home) -> None:
    """Bring the database and the static files up to date, and load the sample data if the database has none."""
    call_command("migrate", interactive=False, verbosity=0)
    _collect_static(Path(settings.STATIC_ROOT))
    sample.load(database=home.database)


def _collect_static(root: Path) -> None:
    """Collect and compress the static files, unless they are the ones of last time."""
    stamp = root / ".sources"
    sources = _sources()
    if not stamp.exists() or stamp.read_text() != sources:
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(sources)


def _sources() -> str:
    """Return a text that changes whenever a static file does."""
    digest = hashlib.sha256()
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])))
