"""A TLS 1.2 client that writes its own records after the handshake: what no library would send."""

import contextlib
import hashlib
import hmac
import socket
import ssl
import struct
import tempfile

DATA, HANDSHAKE, ALERT = 23, 22, 21


def expand(secret, label, seed, size):
    """The PRF of RFC 5246 §5 with SHA-256."""
    seed, out, block = label + seed, b"", label + seed
    while len(out) < size:
        block = hmac.digest(secret, block, hashlib.sha256)
        out += hmac.digest(secret, block + seed, hashlib.sha256)
    return out[:size]


class Sealed:
    """Connected, and the handshake is over."""

    def __init__(self, box):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        context = box.tls_context(maximum_version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.socket = socket.create_connection(("127.0.0.1", box.https), timeout=10)
        with tempfile.NamedTemporaryFile() as keys:
            context.keylog_filename = keys.name
            client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
            answer = b""
            while True:
                with contextlib.suppress(ssl.SSLWantReadError):
                    client.do_handshake()
                    break
                self.socket.sendall(outgoing.read())
                piece = self.socket.recv(65536)
                answer += piece
                incoming.write(piece)
            line = next(l for l in keys.read().splitlines() if l.startswith(b"CLIENT_RANDOM"))
        client_random, master = (bytes.fromhex(word.decode()) for word in line.split()[1:3])
        server_random = answer[11:43]  # record head, message head, version
        block = expand(master, b"key expansion", server_random + client_random, 40)
        self.cipher, self.salt = AESGCM(block[:16]), block[32:36]
        self.sequence = 1  # Finished was 0

    def seal(self, kind, body):
        number = struct.pack(">Q", self.sequence)
        self.sequence += 1
        about = number + struct.pack(">BHH", kind, 0x0303, len(body))
        sealed = number + self.cipher.encrypt(self.salt + number, body, about)
        return struct.pack(">BHH", kind, 0x0303, len(sealed)) + sealed

    def send(self, kind, body, times=1):
        """Many records in one piece; the server may hang up meanwhile."""
        with contextlib.suppress(OSError):
            self.socket.sendall(b"".join(self.seal(kind, body) for _ in range(times)))

    def rest(self):
        """Whatever the server still says, to its end. Fails if it does not end."""
        out = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := self.socket.recv(65536):
                out += piece
        return out

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
