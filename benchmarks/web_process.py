"""Measure the web processes: time from start to the first answer, and resident memory after use.

Run by hand: `var/venv/bin/python -m benchmarks.web_process`. It makes a demo of its own in a temporary folder, starts
gunicorn as the demo does, and prints a table. Nothing else should run on the machine meanwhile.
"""

import http.client
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

from demo.environment import demo_environment
from demo.home import Home

PORT = 8790
STARTS = 10
WALKS = 30
ROOT = Path(__file__).resolve().parent.parent
BASE = f"http://127.0.0.1:{PORT}"
GUNICORN = [
    sys.executable,
    "-m",
    "gunicorn",
    "--config",
    "python:truelink_shop.gunicorn",
    "--bind",
    f"127.0.0.1:{PORT}",
]


@contextmanager
def web(environment: Mapping[str, str]) -> Iterator[tuple["subprocess.Popen[bytes]", float]]:
    """Run gunicorn; give the process and the seconds until it first answered."""
    began = time.monotonic()
    process = subprocess.Popen([*GUNICORN, "truelink_shop.wsgi"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    while not answers():
        time.sleep(0.005)
    try:
        yield process, time.monotonic() - began
    finally:
        process.terminate()
        process.wait()


def answers() -> bool:
    """Whether the front page answers."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


class Visitor:
    """A member with a browser's cookies."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.page = ""

    def get(self, path: str) -> None:
        """Open a page."""
        self.page = self._opener.open(BASE + path).read().decode()

    def stream(self, address: str) -> http.client.HTTPResponse:
        """Open what is too long to be kept."""
        answer: http.client.HTTPResponse = self._opener.open(address)
        return answer

    def post(self, path: str, **fields: str) -> None:
        """Send a form of the page that is open, with its hidden fields."""
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page))
        data = urllib.parse.urlencode({**hidden, **fields}).encode()
        self.page = self._opener.open(BASE + path, data).read().decode()


def buy(visitor: Visitor) -> None:
    """Go from the product list to the placed order."""
    visitor.get("/koeb/")
    product = re.search(r'name="product" value="(\d+)"', visitor.page)
    assert product is not None
    visitor.post("/koeb/laeg-i-kurv/", product=product.group(1), quantity="250")
    visitor.get("/kassen/")
    visitor.post("/kassen/", payment_method="bank_transfer", accept_terms="on")
    assert "Tak for din bestilling" in visitor.page


def resident_megabytes(process: "subprocess.Popen[bytes]") -> list[float]:
    """Return the resident memory of gunicorn's master and workers."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    sizes = []
    for pid in [str(process.pid), *children]:
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        assert found is not None
        sizes.append(int(found.group(1)) / 1024)
    return sizes


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.prepare_folders()
        environment = demo_environment(home, PORT, PORT + 1)
        subprocess.run([sys.executable, "-m", "demo.prepare", folder], cwd=ROOT, env=environment, check=True)
        starts = []
        for _ in range(STARTS):
            with web(environment) as (_process, seconds):
                starts.append(seconds)
        with web(environment) as (process, _seconds):
            before = resident_megabytes(process)
            visitor = Visitor()
            visitor.get("/log-paa/")
            visitor.post("/log-paa/", login="medlem", password="klip-demo-100")  # noqa: S106 (the demo's, known to all)
            for _ in range(WALKS):
                buy(visitor)
            after = resident_megabytes(process)
    starts.sort()
    print(f"first answer, s: best {starts[0]:.2f}, median {starts[STARTS // 2]:.2f}, worst {starts[-1]:.2f}")
    print("resident after start, MB:", ", ".join(f"{size:.0f}" for size in before))
    print(f"resident after {WALKS} orders, MB:", ", ".join(f"{size:.0f}" for size in after))


if __name__ == "__main__":
    main()
