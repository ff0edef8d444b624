"""Sends bytes, reads answers as bytes. Frames them (RFC 9112 §6.3) only to know where one ends."""

import re
import socket
import ssl
import time

PATIENCE = 6.0  # longer than Timeout and KeepAliveTimeout of the sites
QUIET = 0.03  # how long a kept-alive connection must stay silent after its last answer


class Answer:
    def __init__(self, line, headers, body, whole):
        self.line, self.headers, self.body, self.whole = line, headers, body, whole

    def status(self):
        found = re.match(r"HTTP/\d\.\d (\d\d\d)", self.line)
        return int(found.group(1)) if found else 0


class Reader:
    def __init__(self, connection):
        self.connection, self.buffer, self.ended = connection, b"", ""

    def more(self):
        """Reads once; False when the peer has ended the connection."""
        try:
            data = self.connection.recv(65536)
        except TimeoutError:
            self.ended = "silent"
            return False
        except ConnectionError:
            self.ended = "reset"
            return False
        if not data:
            self.ended = "closed"
            return False
        self.buffer += data
        return True

    def until(self, mark):
        while mark not in self.buffer:
            if not self.more():
                return None
        cut = self.buffer.index(mark) + len(mark)
        taken, self.buffer = self.buffer[:cut], self.buffer[cut:]
        return taken

    def exactly(self, count):
        while len(self.buffer) < count and self.more():
            pass
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def everything(self):
        while self.more():
            pass
        taken, self.buffer = self.buffer, b""
        return taken

    def chunked(self):
        body = b""
        while True:
            size = self.until(b"\r\n")
            if size is None:
                return body
            count = int(size.split(b";")[0], 16)
            if count == 0:
                while self.until(b"\r\n") not in (b"\r\n", None):
                    pass
                return body
            body += self.exactly(count + 2)[:-2]

    def answer(self, method):
        if not self.buffer and not self.more():
            return None
        while len(self.buffer) < 5 and self.more():
            pass
        if not self.buffer.startswith(b"HTTP/"):
            return Answer("(no status line)", [], self.everything(), True)
        head = self.until(b"\r\n\r\n")
        if head is None:
            return Answer("(head without end)", [], self.everything(), False)
        lines = head[:-4].decode("latin-1").split("\r\n")
        headers = [
            tuple(part.strip() for part in (line.split(":", 1) + [""])[:2]) for line in lines[1:]
        ]
        answer = Answer(lines[0], headers, b"", True)
        self.read_body(answer, method)
        return answer

    def read_body(self, answer, method):
        fields = {name.lower(): value for name, value in answer.headers}
        status = answer.status()
        if method == "HEAD" or status in (204, 304) or 100 <= status < 200:
            return
        if "chunked" in fields.get("transfer-encoding", "").lower():
            answer.body = self.chunked()
        elif "content-length" in fields:
            count = int(fields["content-length"])
            answer.body = self.exactly(count)
            answer.whole = len(answer.body) == count
        else:
            answer.body = self.everything()


def exchange(port, what):
    """Runs one exchange: (answers, how the connection ended)."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        send(connection, what)
        reader = Reader(connection)
        answers = read_answers(reader, what.methods)
        return answers, ending(reader, answers)


def read_answers(reader, methods):
    """The answers to requests of these methods, interim ones included, until the connection ends."""
    answers = []
    for method in methods:
        answer = reader.answer(method)
        while answer and 100 <= answer.status() < 200:
            answers.append(answer)
            answer = reader.answer(method)
        if answer is None:
            break
        answers.append(answer)
    return answers


def send(connection, what):
    try:
        for index, part in enumerate(what.pieces or [what.data]):
            if index:
                time.sleep(0.15)
            connection.sendall(part)
        if what.half_close:
            connection.shutdown(socket.SHUT_WR)
    except (ConnectionError, ssl.SSLError):
        pass  # refused before all was sent: the answer tells


def ending(reader, answers):
    """closed, reset, or open; a reset after a complete answer counts as closed."""
    if not reader.ended:
        fields = {n.lower(): v.lower() for n, v in answers[-1].headers} if answers else {}
        reader.connection.settimeout(2.0 if fields.get("connection") == "close" else QUIET)
        if reader.more() or reader.buffer:
            return "more bytes: %r" % reader.buffer[:200]
    if reader.ended == "silent":
        return "open"
    return "closed" if reader.ended == "reset" and answers and answers[-1].whole else reader.ended
