"""`./run`, the way into the project."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("arguments", [[], ["nonsense"]])
def test_what_it_does_not_know_shows_what_it_knows(arguments: list[str]) -> None:
    result = subprocess.run([ROOT / "run", *arguments], capture_output=True, text=True, check=False)

    assert result.returncode == 2
    for command in ("demo", "reset", "test", "check", "storm", "translate", "lock"):
        assert f"./run {command}" in result.stderr


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_lock_files_name_hashes_and_no_address(file: str) -> None:
    text = (ROOT / file).read_text()

    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
