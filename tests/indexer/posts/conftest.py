"""The server and the made-up internet of the tests of `net`."""

from tests.indexer.net.conftest import internet, server

__all__ = ["internet", "server"]
