"""`python -m tests.storm`: raise a storm, print its table, and fail when anything was lost."""

import argparse
import os
import shutil
import signal
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.operations.production import ROOT  # noqa: E402 (the visitor needs Django to be set up)
from tests.storm.storm import Size, Storm, TimeIsUp  # noqa: E402
from tests.storm.table import as_markdown  # noqa: E402


def main() -> int:
    """Run the storm that the arguments describe, and return the exit code: 0, 1 for a loss, 2 when time was up."""
    size = _size()
    folder = ROOT / "var" / "storm" / str(size.seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"The storm's logs, journal and mails: {folder}", file=sys.stderr)
    try:
        result = Storm(size, folder).run()
    except (TimeIsUp, TimeoutError) as error:
        print(f"Time is up: {error}. What happened so far stands in {folder}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    text = as_markdown(result)
    (folder / "table.md").write_text(text)
    print(text)
    return 0 if result.passed else 1


def _size() -> Size:
    parser = argparse.ArgumentParser(prog="./run storm", description=__doc__)
    parser.add_argument("--orders", type=int, default=1000, help="how many orders are placed at least (%(default)s)")
    parser.add_argument("--kills", type=int, default=25, help="how often something is killed at least (%(default)s)")
    parser.add_argument("--members", type=int, default=20, help="how many members buy at once (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="repeats the choices of a run (%(default)s)")
    parser.add_argument("--minutes", type=float, default=15, help="ends the storm after so long (%(default)s)")
    return Size(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
