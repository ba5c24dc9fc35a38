"""A connection to PostgreSQL that breaks where it hurts: after COMMIT went out, before its acknowledgement came in."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

READ_BYTES = 64 * 1024


class LossyProxy:
    """Passes everything on. Of the first transaction that holds the armed words the client hears no end."""

    def __init__(self, server_url: str) -> None:
        address = urlsplit(server_url)
        self._server = (address.hostname or "127.0.0.1", address.port or 5432)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = address._replace(netloc=f"{address.username}@127.0.0.1:{self._door.getsockname()[1]}").geturl()
        if address.password:
            self.url = self.url.replace("@", f":{address.password}@", 1)
        self._armed = b""
        self.lost = threading.Event()
        threading.Thread(target=self._welcome, name="lossy-proxy", daemon=True).start()

    def lose_commit_of(self, words: str) -> None:
        self.lost.clear()
        self._armed = words.encode()

    def close(self) -> None:
        self._door.close()

    def _welcome(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._door.accept()
                _Pair(self, client, socket.create_connection(self._server))

    def takes(self, statements: bytes) -> bool:
        """Whether this transaction is the one, which then no other is."""
        if not self._armed or self._armed not in statements:
            return False
        self._armed = b""
        return True


class _Pair:
    def __init__(self, proxy: LossyProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._is_cut = False
        for passing in (self._upwards, self._downwards):
            threading.Thread(target=passing, name="lossy-proxy", daemon=True).start()

    def _upwards(self) -> None:
        statements = b""
        for piece in self._read(self._client):
            statements = piece if b"BEGIN" in piece else statements + piece
            if b"COMMIT" in piece:
                self._is_cut = self._is_cut or self._proxy.takes(statements)
            self._server.sendall(piece)

    def _downwards(self) -> None:
        for piece in self._read(self._server):
            if self._is_cut:  # committed: this is the word of it
                self._proxy.lost.set()
                self._close()
                return
            self._client.sendall(piece)

    def _read(self, end: socket.socket) -> Iterator[bytes]:
        with suppress(OSError):
            while piece := end.recv(READ_BYTES):
                yield piece
        self._close()

    def _close(self) -> None:
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def lossy_proxy(server_url: str) -> Iterator[LossyProxy]:
    proxy = LossyProxy(server_url)
    try:
        yield proxy
    finally:
        proxy.close()
