"""The check of the catalogue: it notices whatever keeps a page from being English."""

import re
import shutil
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from tests.translation.catalogue import COMPILED, ROOMS, ROOT, SOURCE, complaints, refresh

pytestmark = pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is missing")

TEMPLATES = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if path.relative_to(ROOT / "templates").parts[0] not in {"admin", "documents", "mail"}
    and path.parent.name != "email"
]
_MARKED = re.compile(r"{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}|{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
_IN_DANISH_OR_ENGLISH_ITSELF = re.compile(r"<(\w+)[^>]* lang=\"(?:en|da)\">.*?</\1>", re.DOTALL)
_READ_ALOUD = re.compile(r'\b(?:alt|aria-label|content|data-label|placeholder|title)="([^"]*)"')
# Names, and what a browser reads.
_NO_LANGUAGE = {"TrueLink", "PDF", "IBAN", "width", "device", "initial", "scale", "ffffff"}


_PAGE = """{% load i18n %}{% translate "Gå til kassen" %}
{% blocktranslate trimmed %}Sendes til <strong>{{ email }}</strong>.{% endblocktranslate %}
"""
_SOURCE = r"""msgid ""
msgstr ""
"Language: en\n"
"Content-Type: text/plain; charset=UTF-8\n"

msgid "Gå til kassen"
msgstr "Go to checkout"

#, python-format
msgid "Sendes til <strong>%(email)s</strong>."
msgstr "Sent to <strong>%(email)s</strong>."
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small shop whose catalogue is complete."""
    for folder in (*ROOMS, SOURCE.parent):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "templates/page.html").write_text(_PAGE)
    (tmp_path / SOURCE).write_text(_SOURCE)
    refresh(tmp_path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_has_nothing_to_say_of_a_complete_catalogue(project: Path) -> None:
    assert list(complaints(project)) == []
    kept = (project / SOURCE).read_bytes(), (project / COMPILED).read_bytes()
    refresh(project)
    assert ((project / SOURCE).read_bytes(), (project / COMPILED).read_bytes()) == kept


def test_notices_a_text_that_is_new_in_a_template(project: Path) -> None:
    (project / "templates/new.html").write_text('{% load i18n %}{% translate "Zebraen vrinsker" %}')
    assert list(complaints(project)) == ["untranslated: Zebraen vrinsker"]


def test_notices_a_text_that_is_new_in_code(project: Path) -> None:
    (project / "billing/new.py").write_text('_("Zebraen vrinsker")\n')
    assert list(complaints(project)) == ["untranslated: Zebraen vrinsker"]


def test_notices_a_text_that_is_gone(project: Path) -> None:
    edit(project / "templates/page.html", '{% translate "Gå til kassen" %}', "")
    assert list(complaints(project)) == ["not in the code any more: Gå til kassen"]


def test_notices_a_translation_that_is_a_guess(project: Path) -> None:
    edit(project / SOURCE, 'msgid "Gå til kassen"', '#, fuzzy\nmsgid "Gå til kassen"')
    assert "fuzzy: Gå til kassen" in list(complaints(project))


def test_notices_what_was_kept_of_old_texts(project: Path) -> None:
    with (project / SOURCE).open("a") as source:
        source.write('\n#~ msgid "Zebra"\n#~ msgstr "Zebra"\n')
    assert list(complaints(project)) == ["obsolete: Zebra"]


def test_notices_a_translation_that_was_not_compiled(project: Path) -> None:
    edit(project / SOURCE, 'msgstr "Go to checkout"', 'msgstr "To the till"')
    assert list(complaints(project)) == ["not compiled: Gå til kassen"]


def test_notices_tags_that_differ(project: Path) -> None:
    edit(project / SOURCE, "Sent to <strong>%(email)s</strong>", "Sent to <b>%(email)s</b>")
    refresh(project)
    assert list(complaints(project)) == [
        "other placeholders or tags: Sendes til <strong>%(email)s</strong>.",
    ]


def test_refuses_a_placeholder_that_pages_would_fail_on(project: Path) -> None:
    edit(project / SOURCE, "Sent to <strong>%(email)s</strong>", "Sent to <strong>%(mail)s</strong>")
    with pytest.raises(CalledProcessError):
        refresh(project)


# --- what a template shows without asking the catalogue --------------------------------------------------------------


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_every_word_and_date_of_a_page_asks_the_catalogue(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r'\|date:"[^"]*"', text) == []
    left = _IN_DANISH_OR_ENGLISH_ITSELF.sub("", _MARKED.sub("", text))
    words = " ".join([re.sub(r"<[^>]*>", " ", left), *_READ_ALOUD.findall(left)])
    assert set(re.findall(r"[^\W\d_]{2,}", words)) <= _NO_LANGUAGE
