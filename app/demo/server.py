# SPDX-License-Identifier: GPL-3.0-or-later
"""A small web server on this machine alone, so that the demo walks the fetching of pictures without a network."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """The ledger already tells what was fetched."""


@contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """Serve a folder while the context lasts; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, name="demo server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
