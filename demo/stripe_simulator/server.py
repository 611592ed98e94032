"""Listens on loopback: Python's own WSGI server, with a thread for each connection."""

import socket
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from demo.stripe_simulator.running import ENVIRON_KEY, Running

_HOST = "127.0.0.1"


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the control API tells of requests."""

    def address_string(self) -> str:
        """Return the client's address without asking a name server."""
        return str(self.client_address[0])


class LoopbackServer(ThreadingMixIn, WSGIServer):
    """A server that nobody outside this machine can reach."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        super().__init__((_HOST, port), _QuietHandler)

    def server_bind(self) -> None:
        """Bind without asking a name server what the host is called."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = _HOST, self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that gives up is what some tests are about."""


def with_simulator(application: WSGIApplication, running: Running) -> WSGIApplication:
    """Return the application, with the simulator in each request's environment."""

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[ENVIRON_KEY] = running
        return application(environ, start_response)

    return wrapped
