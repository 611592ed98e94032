"""The catalogue of translations: `./run translate` brings it up to date with the code, `./run check` checks it.

Both call GNU gettext. The compiled catalogue is kept beside its source, so that a machine without gettext can run the
shop.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("truelink_shop", "checkout", "billing", "accounts", "catalog", "templates")
SOURCE = Path("locale/en/LC_MESSAGES/django.po")
COMPILED = SOURCE.with_suffix(".mo")

_EXTRACT = ["makemessages", "--locale=en", "--no-wrap", "--no-obsolete", "--add-location=file", "--verbosity=0"]
_NOT_PAGES = ["--ignore=var", "--ignore=tests", "--ignore=demo", "--ignore=benchmarks"]
# A time in the file would change it at each run.
_TIMES = re.compile(r'^"(POT-Creation-Date|Report-Msgid-Bugs-To):.*\n', re.MULTILINE)
_MSGID = re.compile(r'^(?:#~ )?msgid "(.+)"$', re.MULTILINE)
_PARTS_THAT_STAY = re.compile(r"%\(\w+\)[sd]|</?\w+>")

# What is translated by what, and for plurals by (what, which form).
Catalogue = dict[str | tuple[str, int], str]


def refresh(root: Path) -> None:
    """Bring source and compiled catalogue of the project under `root` up to date with its code."""
    _run(root, sys.executable, "-m", "django", *_EXTRACT, *_NOT_PAGES)
    source = root / SOURCE
    source.write_text(_TIMES.sub("", source.read_text()))
    _run(root, "msgfmt", "--check-format", f"--output-file={COMPILED}", str(SOURCE))


def read(compiled: Path) -> Catalogue:
    """Return the translations of a compiled catalogue, without its header."""
    with compiled.open("rb") as file:
        catalogue: Catalogue = dict(vars(GNUTranslations(file))["_catalog"])
    del catalogue[""]
    return catalogue


def complaints(root: Path) -> Iterator[str]:
    """Yield what is wrong with the catalogue of the project under `root`; nothing there is changed."""
    for msgid in _entries(root, "--only-obsolete"):
        yield f"obsolete: {msgid}"
    with TemporaryDirectory() as name:
        copy = Path(name)
        for part in (*ROOMS, "locale"):
            shutil.copytree(root / part, copy / part)
        refresh(copy)
        for flag in ("--untranslated", "--only-fuzzy"):
            for msgid in _entries(copy, flag):
                yield f"{flag.rpartition('-')[2]}: {msgid}"
        fresh = read(copy / COMPILED)
    kept = read(root / COMPILED)
    yield from (f"not in the code any more: {msgid}" for msgid in kept.keys() - fresh.keys())
    yield from (f"not compiled: {msgid}" for msgid, words in fresh.items() if kept.get(msgid) != words)
    yield from (f"other placeholders or tags: {msgid}" for msgid, words in fresh.items() if not _fits(msgid, words))


def _fits(msgid: str | tuple[str, int], words: str) -> bool:
    danish = msgid if isinstance(msgid, str) else msgid[0]
    return sorted(_PARTS_THAT_STAY.findall(danish)) == sorted(_PARTS_THAT_STAY.findall(words))


def _entries(root: Path, flag: str) -> list[str]:
    return _MSGID.findall(_run(root, "msgattrib", flag, "--no-wrap", str(SOURCE)))


def _run(root: Path, program: str, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise SystemExit(f"{program} is missing: apt-get install gettext")
    # Extracting needs no settings; those of a test run would be looked for under `root`.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [path, *arguments], cwd=root, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def main() -> None:
    """Bring the catalogue up to date when asked to, and say what is still wrong."""
    if "--refresh" in sys.argv:
        refresh(ROOT)
    found = list(complaints(ROOT))
    for complaint in found:
        sys.stderr.write(f"{complaint}\n")
    if found:
        raise SystemExit("The translations are not complete: ./run translate, then fill in locale/en.")


if __name__ == "__main__":
    main()
