# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets that keep looking at their `Watch` while they wait, and the doorway through which all of them are opened."""

import os
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self, cast

from urllib3.util import wait_for_write

from indexer.core.errors import InputProblem
from indexer.net.addresses import AddressRule, Place
from indexer.net.watch import SLICE_S, Watch

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

SocketOption = tuple[int, int, int | bytes]
_Send = Callable[["ReadableBuffer", int], int]


class NotReached(InputProblem):
    """There is no connection, or it broke before the answer began: worth a second try."""


def _send_watched(watch: Watch, send: _Send, data: "ReadableBuffer", flags: int) -> None:
    """Send all of `data`, however slowly the server takes it. Python's own `sendall` would give up after one slice."""
    rest = memoryview(data).cast("B")
    while rest:
        rest = rest[watch.wait_for_server(partial(send, rest, flags)) :]


class WatchedSocket(socket.socket):
    """A connection that a stop or a time limit ends while it waits."""

    watch: Watch

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        """Receive bytes; `http.client` reads in no other way."""
        return self.watch.receive(partial(super().recv_into, buffer, nbytes, flags))

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        """Send bytes; `http.client` sends in no other way."""
        _send_watched(self.watch, super().send, data, flags)


class WatchedTLSSocket(ssl.SSLSocket):
    """The same for an encrypted connection."""

    watch: Watch

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        """Receive bytes, decrypted."""
        return self.watch.receive(partial(super().recv_into, buffer, nbytes, flags))

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        """Send bytes, encrypted."""
        _send_watched(self.watch, super().send, data, flags)


class WatchedTLS(ssl.SSLContext):
    """TLS settings whose connections are watched; certificate and host name are verified."""

    sslsocket_class = WatchedTLSSocket
    watch: Watch

    @classmethod
    def watched_by(cls, watch: Watch) -> Self:
        """Python's own settings for clients: verification required, TLS 1.2 or newer."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.watch = watch
        return context

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,  # noqa: FBT001, FBT002 - the signature is Python's
        do_handshake_on_connect: bool = True,  # noqa: FBT001, FBT002
        suppress_ragged_eofs: bool = True,  # noqa: FBT001, FBT002
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """Agree on encryption with the server.

        Raises:
            InputProblem: its certificate is not accepted, or no agreement was found.
        """
        del do_handshake_on_connect  # done here, since the new socket must know its watch first
        tls = cast(
            "WatchedTLSSocket",
            super().wrap_socket(
                sock,
                server_side=server_side,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=suppress_ragged_eofs,
                server_hostname=server_hostname,
                session=session,
            ),
        )
        tls.watch = self.watch
        try:
            self._shake_hands(tls)
        except BaseException:
            tls.close()
            raise
        return tls

    def _shake_hands(self, tls: WatchedTLSSocket) -> None:
        try:
            self.watch.wait_for_server(tls.do_handshake)
        except ssl.SSLCertVerificationError as problem:
            because = f"the server's certificate is not accepted ({problem.verify_message.lower()})"
            raise InputProblem(self.watch.url, because) from problem
        except ssl.SSLError as problem:
            raise InputProblem(self.watch.url, "no secure connection with the server was possible") from problem


@dataclass(frozen=True, slots=True)
class Doorway:
    """The only way out: looks a host up, judges its addresses, and connects to one of exactly those."""

    rule: AddressRule
    watch: Watch

    def connect(self, host: str, port: int, options: Sequence[SocketOption]) -> WatchedSocket:
        """A connection to the first address of the host that answers.

        Raises:
            InputProblem: the host is not known or may not be contacted.
            NotReached: none of its addresses answers.
        """
        reason = "no address"
        for place in self.rule.find_places(host, port):
            self.watch.address = place.address
            try:
                return self._connect_to(place, options)
            except TimeoutError:
                reason = "no answer"
            except OSError as problem:
                reason = (problem.strerror or "unknown reason").lower()
        raise NotReached(host, f"the server could not be reached ({reason})")

    def _connect_to(self, place: Place, options: Sequence[SocketOption]) -> WatchedSocket:
        sock = WatchedSocket(place.family, socket.SOCK_STREAM)
        sock.watch = self.watch
        try:
            for option in options:
                sock.setsockopt(*option)
            sock.settimeout(0)
            with suppress(BlockingIOError):
                sock.connect(place.sockaddr)
            self.watch.wait_for(partial(_finish_connecting, sock), self.watch.patience.connect_s)
            sock.settimeout(SLICE_S)
        except BaseException:
            sock.close()
            raise
        return sock


def _finish_connecting(sock: socket.socket) -> None:
    if not wait_for_write(sock, SLICE_S):
        raise TimeoutError
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, os.strerror(error))
