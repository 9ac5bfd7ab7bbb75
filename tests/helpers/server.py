"""A real web server on this computer: it serves a folder, gives scripted answers, and remembers who asked for what."""

import ssl
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, socket
from socketserver import TCPServer
from typing import Any, Self

HOST = "127.0.0.1"

Script = Callable[["Visit"], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived. `port` is the visitor's; two requests with the same one came over one connection."""

    path: str
    headers: Mapping[str, str]
    port: int


class Visit(SimpleHTTPRequestHandler):
    """One connection. A script is given it, and may write to it whatever it likes, be it HTTP or not."""

    protocol_version = "HTTP/1.1"
    server: "_Listener"

    def do_GET(self) -> None:
        owner = self.server.owner
        owner.seen.append(Seen(self.path, dict(self.headers), self.client_address[1]))
        script = owner.everything or owner.scripts.get(self.path.partition("?")[0])
        if script:
            script(self)
        elif owner.folder:
            super().do_GET()
        else:
            self.send_error(404)

    def answer(self, body: bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer. A `Content-Length` among the headers takes the place of the true one."""
        self.begin({"Content-Length": str(len(body))} | dict(headers or {}), status)
        self.wfile.write(body)

    def begin(self, headers: Mapping[str, str], status: int = 200) -> None:
        """Status and headers; without a length, the body ends when the connection does."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if "Content-Length" not in headers:
            self.close_connection = True

    def drip(self, data: bytes, pause_s: float) -> None:
        """Write byte by byte."""
        for at in range(len(data)):
            self.wfile.write(data[at : at + 1])
            if self.wait(pause_s):
                return

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the server is closed; tells whether it is."""
        return self.server.owner.closing.wait(seconds)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = False  # so that `server_close` waits for the threads of the visits
    owner: "LocalServer"

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own would look the computer's name up
        self.server_name, self.server_port = HOST, self.server_address[1]

    def get_request(self) -> tuple[Any, Any]:
        connection, visitor = super().get_request()
        self.owner.connections.append(connection)
        return connection, visitor

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor who leaves early is what many tests are about; anything else is a mistake in a script."""
        error = sys.exception()
        if error and not isinstance(error, OSError):
            self.owner.mistakes.append(error)


class LocalServer:
    """Serves `folder`, and what `scripts` has for a path, until it is closed.

    Attributes:
        seen: the requests that arrived, in order.
        closing: set when the server closes, so that a slow script can end.
        everything: takes the place of all scripts and of the folder while it is set.
    """

    def __init__(self, folder: Path | None = None, certificate: Path | None = None) -> None:
        self.folder = folder
        self.scripts: dict[str, Script] = {}
        self.everything: Script | None = None
        self.seen: list[Seen] = []
        self.connections: list[socket] = []
        self.mistakes: list[BaseException] = []
        self.closing = threading.Event()
        self._listener = _Listener((HOST, 0), lambda *visit: Visit(*visit, directory=str(folder or "")))
        self._listener.owner = self
        self._scheme = "http"
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self._listener.socket = tls.wrap_socket(self._listener.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def port(self) -> int:
        return self._listener.server_port

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"{self._scheme}://{HOST}:{self.port}"

    def answers(self, path: str, body: bytes = b"", status: int = 200, headers: Mapping[str, str] | None = None) -> str:
        """Answer `path` like this from now on; returns the whole address."""
        return self.plays(path, lambda visit: visit.answer(body, status, headers))

    def redirects(self, path: str, location: str, status: int = 302) -> str:
        """Send whoever asks for `path` elsewhere; returns the whole address."""
        return self.answers(path, b"elsewhere", status, {"Location": location})

    def plays(self, path: str, script: Script) -> str:
        """Let `script` deal with `path` from now on; returns the whole address."""
        self.scripts[path] = script
        return self.url + path

    def close(self) -> None:
        """End all visits and wait for their threads; a second time there is nothing left to end."""
        if self.closing.is_set():
            return
        self.closing.set()
        self._listener.shutdown()
        self._thread.join()
        for connection in self.connections:
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:
                continue  # it is closed already
        self._listener.server_close()
        if self.mistakes:
            raise self.mistakes[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
