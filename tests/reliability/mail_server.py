"""A mail server at the edge of the world: it speaks SMTP on loopback, keeps what it took, and can be told to refuse."""

import email
import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from threading import Thread

_ANSWERS = {"EHLO": "250 localhost", "HELO": "250 localhost", "RSET": "250 ok", "NOOP": "250 ok", "MAIL": "250 ok"}


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mails. `refuses` answers MAIL with 451; `once_taken` is called before a mail's taking is confirmed."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.taken: list[EmailMessage] = []
        self.refuses = False
        self.once_taken: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """The address, as EMAIL_URL takes it."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    @property
    def message_ids(self) -> list[str]:
        """The ids of all mails that were taken, in their order."""
        return [str(mail["Message-ID"]) for mail in self.taken]


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        """Speak SMTP (RFC 5321) with one client until it leaves."""
        self._say("220 localhost")
        for line in self.rfile:
            verb = line[:4].decode("ascii", "replace").upper()
            if verb == "QUIT":
                self._say("221 bye")
                return
            self._say(self._answer(verb))

    def _answer(self, verb: str) -> str:
        if verb == "MAIL" and self.server.refuses:
            return "451 try later"
        if verb == "DATA":
            self._say("354 go on")
            self._take()
            return "250 taken"
        return _ANSWERS.get(verb, "250 ok")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self.server.taken.append(email.message_from_bytes(b"".join(lines), policy=default))
        self.server.once_taken()

    def _say(self, answer: str) -> None:
        try:
            self.wfile.write(answer.encode() + b"\r\n")
        except OSError:
            pass  # the client was killed


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run a mail server on a port of its own."""
    with MailServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
