"""A demo for browser tests: real processes, started as `./run demo` starts them, in a folder of the test run."""

import email
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TypeVar

from tests.simulator import Simulator

ROOT = Path(__file__).resolve().parent.parent.parent
T = TypeVar("T")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(look: Callable[[], T | None], *, what: str, seconds: float = 30) -> T:
    """Look again and again until there is something, and return it; fail when it takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds:.0f} seconds")


@dataclass
class DemoServer:
    """A running demo: its address, its mailbox, and its simulator of Stripe."""

    process: "subprocess.Popen[bytes]"
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The address of the front page, without the slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stripe(self) -> Simulator:
        """The simulator that stands in for Stripe."""
        return Simulator(f"http://127.0.0.1:{(self.folder / 'stripe_port').read_text()}")

    def mails(self) -> list[EmailMessage]:
        """Return every mail that was sent, the oldest first."""
        files = sorted((self.folder / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(path.read_bytes(), policy=default) for path in files]

    def mail(self, *, to: str, subject: str) -> EmailMessage:
        """Wait for the mail to `to` whose subject begins with `subject`, and return it."""

        def look() -> EmailMessage | None:
            fitting = (
                mail for mail in self.mails() if mail["To"] == to and mail["Subject"].strip().startswith(subject)
            )
            return next(fitting, None)

        return wait_for(look, what=f"The mail «{subject}» to {to}")

    def answers(self) -> bool:
        """Whether the shop says that it can serve; an error when the demo has ended."""
        if self.process.poll() is not None:
            raise AssertionError(f"The demo ended with exit code {self.process.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/sundhed/")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """End the demo and all its processes."""
        self.process.terminate()
        self.process.wait(timeout=30)


def start_demo(folder: Path) -> DemoServer:
    """Start a demo with its data in `folder` and wait until it answers."""
    port = free_port()
    command = [sys.executable, "-m", "demo", "--var", str(folder), "--port", str(port)]
    server = DemoServer(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL), folder, port)
    wait_for(server.answers, what="The demo", seconds=90)
    return server


def processes_of(folder: Path) -> dict[int, str]:
    """Return the command lines, by id, of every process whose environment names the demo's folder."""
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and f"DATABASE_URL=sqlite:///{folder}/" in read_if_there(process / "environ"):
            found[int(process.name)] = read_if_there(process / "cmdline").replace("\0", " ")
    return found


def read_if_there(path: Path) -> str:
    """Return what a file under /proc says; nothing when its process has ended."""
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def pdf_of(mail: EmailMessage) -> bytes:
    """Return the one attached PDF of a mail."""
    (attachment,) = mail.iter_attachments()
    assert attachment.get_content_type() == "application/pdf"
    content = attachment.get_content()
    assert isinstance(content, bytes)
    return content
