# SPDX-License-Identifier: GPL-3.0-or-later
"""Ties the HTTP library to our `Doorway`: every connection that it opens goes through there.

requests and urllib3 look a host up and connect in one place only, `_new_conn`; that place is replaced. Everything
else, from header parsing to checking certificates, stays theirs.
"""

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import InvalidHeader

from indexer.net.sockets import Doorway, WatchedTLS


class GuardedHTTPConnection(HTTPConnection):
    """A connection that is opened through the doorway."""

    def __init__(self, host: str, port: int | None = None, *, doorway: Doorway, **options: Any) -> None:  # noqa: ANN401
        super().__init__(host, port, **options)
        self._doorway = doorway
        self._address: str | None = None

    def _new_conn(self) -> socket.socket:
        sock = self._doorway.connect(self._dns_host, self.port, self.socket_options or ())
        self._address = self._doorway.watch.address
        return sock

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # urllib3 does not keep to http.client's type
        """Wait for the answer."""
        self._doorway.watch.address = self._address  # an open connection was perhaps opened for an earlier request
        sock = self.sock
        try:
            return super().getresponse()
        except InvalidHeader:
            socket.close(sock.detach())  # urllib3 has let go of it without closing it
            raise


class GuardedHTTPSConnection(GuardedHTTPConnection, HTTPSConnection):
    """The same, encrypted; the certificate is checked against the host's name, not against the address."""


class GuardedHTTPConnectionPool(HTTPConnectionPool):
    """Open connections to one host."""

    ConnectionCls = GuardedHTTPConnection


class GuardedHTTPSConnectionPool(HTTPSConnectionPool):
    """The same, encrypted."""

    ConnectionCls = GuardedHTTPSConnection


class GuardedPools(PoolManager):
    """The pools of all hosts."""

    def __init__(self, doorway: Doorway, num_pools: int, **options: Any) -> None:  # noqa: ANN401
        super().__init__(num_pools, **options)
        self._doorway = doorway
        self.pool_classes_by_scheme = {"http": GuardedHTTPConnectionPool, "https": GuardedHTTPSConnectionPool}

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        pool.conn_kw["doorway"] = self._doorway
        return pool


class GuardedAdapter(HTTPAdapter):
    """What requests sends through.

    It is used without a `requests.Session` around it. A session would bring cookies, passwords from `.netrc` and the
    proxies of the environment, and would read the body of a redirect whatever its size. Through a proxy, somebody
    else would look the name up and connect, and our judgement of the address would mean nothing.
    """

    def __init__(self, doorway: Doorway) -> None:
        self._doorway = doorway
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:  # noqa: ANN401, FBT001, FBT002 - the signature is requests'
        """Called by requests: make the pools."""
        tls = WatchedTLS.watched_by(self._doorway.watch)
        self.poolmanager = GuardedPools(
            self._doorway, connections, maxsize=maxsize, block=block, ssl_context=tls, **options
        )
