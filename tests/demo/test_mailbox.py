"""The demo's mail folder: a whole file for each mail."""

import email
from email.policy import default
from pathlib import Path

from django.core.mail import EmailMultiAlternatives, get_connection


def test_each_mail_becomes_one_file_that_mail_programs_read(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    connection = get_connection("demo.mailbox.MailboxBackend", file_path=str(folder))
    mails = [
        EmailMultiAlternatives(subject=f"Faktura {number}", body="Kære Åse", to=["aase@firma.example"])
        for number in (1, 2)
    ]
    mails[0].attach_alternative("<p>Kære Åse</p>", "text/html")
    mails[0].attach("Faktura 1.pdf", b"%PDF-", "application/pdf")

    assert connection.send_messages(mails) == 2

    files = sorted(folder.iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    first, second = (email.message_from_bytes(file.read_bytes(), policy=default) for file in files)
    assert [first["Subject"], second["Subject"]] == ["Faktura 1", "Faktura 2"]
    assert [part.get_content_type() for part in first.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "application/pdf",
    ]
