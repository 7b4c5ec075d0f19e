"""A connection to a server, on which answers may wait."""
import json
import socket
import struct


class Wire:
    """address: (host, port). A path that does not start with a slash is below
    /v1/."""

    def __init__(self, address):
        self.socket = socket.create_connection(address)
        self.socket.settimeout(120)
        self.file = self.socket.makefile("rb")

    def send(self, method, path, body=None):
        """body: bytes, or what is sent as JSON; None: there is none."""
        if body is None:
            body = b""
        elif not isinstance(body, bytes):
            body = json.dumps(body).encode()
        target = path if path.startswith("/") else "/v1/" + path
        self.socket.sendall((
            "%s %s HTTP/1.1\r\nHost: localhost\r\nX-Vault-Token: root\r\n"
            "Content-Length: %d\r\n\r\n" % (
                method, target, len(body))).encode() + body)

    def answer(self):
        """(status, body), or None: the connection has ended."""
        first = self.file.readline()
        if not first:
            return None
        length = 0
        while (line := self.file.readline()) != b"\r\n":
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        return int(first.split()[1]), self.file.read(length)

    def ask(self, *request):
        self.send(*request)
        return self.answer()

    def close(self):
        self.file.close()
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
        self.close()
