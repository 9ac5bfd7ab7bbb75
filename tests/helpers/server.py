"""A real web server on this computer: it serves a folder, gives scripted answers, and remembers who asked for what.

Files of the folder may be asked for in parts (RFC 9110 §14), under an `ETag` that changes with the file.
"""

import re
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
    method: str = "GET"
    body: bytes = b""


class Visit(SimpleHTTPRequestHandler):
    """One connection. A script is given it, and may write to it whatever it likes, be it HTTP or not.

    Attributes:
        body: what came with the request.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer goes out in two writes; the second would wait 40 ms for the first's ACK
    server: "_Listener"
    body = b""

    def do_GET(self) -> None:
        if not self._play():
            self._serve_file()

    def do_POST(self) -> None:
        if not self._play():
            self.send_error(405)

    def _play(self) -> bool:
        """Write the request down, and let the script of its path answer; tells whether there is one."""
        owner = self.server.owner
        self.wait(owner.reads_after_s)
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        owner.seen.append(Seen(self.path, dict(self.headers), self.client_address[1], self.command, self.body))
        script = owner.everything or owner.scripts.get(self.path.partition("?")[0])
        if script:
            script(self)
        return script is not None

    def _serve_file(self) -> None:
        """A file of the folder, or the part of it that was asked for."""
        place = Path(self.translate_path(self.path))
        if not self.server.owner.folder:
            self.send_error(404)
        elif not place.is_file():
            super().do_GET()
        else:
            self.answer_with_part(place.read_bytes(), f'"{place.stat().st_mtime_ns:x}"', self.guess_type(str(place)))

    def answer_with_part(self, whole: bytes, etag: str, kind: str = "application/octet-stream") -> None:
        """The one part of `whole` that was asked for, all of it if none was or if it is no longer that version."""
        headers = {"ETag": etag, "Accept-Ranges": "bytes", "Content-Type": kind}
        if self.headers.get("If-Match", etag) != etag:
            self.answer(status=412)
            return
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not asked or self.headers.get("If-Range", etag) != etag or not self.server.owner.knows_ranges:
            self.answer(whole, headers=headers)
            return
        first, end = _part(asked[1], asked[2], len(whole))
        if first >= end:
            self.answer(status=416, headers={"Content-Range": f"bytes */{len(whole)}"})
            return
        self.answer(whole[first:end], 206, headers | {"Content-Range": f"bytes {first}-{end - 1}/{len(whole)}"})

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


def _part(first: str, last: str, size: int) -> tuple[int, int]:
    """Where the part begins and ends; without a first byte, `last` counts from the end of the file."""
    if not first:
        return max(size - int(last or 0), 0), size
    return int(first), min(int(last) + 1, size) if last else size


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
        reads_after_s: how long it waits before it reads what comes with a request.
        knows_ranges: whether a part of a file may be asked for; else the whole comes.
        closing: set when the server closes, so that a slow script can end.
        everything: takes the place of all scripts and of the folder while it is set.
    """

    def __init__(self, folder: Path | None = None, certificate: Path | None = None) -> None:
        self.folder = folder
        self.scripts: dict[str, Script] = {}
        self.everything: Script | None = None
        self.seen: list[Seen] = []
        self.reads_after_s = 0.0
        self.knows_ranges = True
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
