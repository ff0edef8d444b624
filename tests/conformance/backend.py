"""A backend for proxies: answers what its path says. HTTP/1.1 on one port, FastCGI or SCGI on another;
HTTP over TLS, too, and with a client certificate ("asking").

/echo…           the request as it came, as text       /chunked, /close, /short      three framings, one cut short
/status/N        an answer with that status            /cookies, /moved, /moved-away  fields that a proxy rewrites
/hop             fields of one hop                     /garbage, /drop, /split        what is no answer, or in pieces
/hints           103 before the answer                 /fields/NAME/VALUE             one more field
"""

import socketserver
import ssl
import sys
import threading
import time

DATE = "Date: Tue, 02 Jan 2024 15:04:05 GMT\r\nServer: Backend/1.0\r\n"


def answer(body=b"", status="200 OK", fields="", kind="text/plain", head=False):
    text = "HTTP/1.1 %s\r\n%sContent-Length: %d\r\nContent-Type: %s\r\n%s\r\n" % (status, DATE, len(body), kind, fields)
    return text.encode("latin-1") + (b"" if head else body)


class Http(socketserver.StreamRequestHandler):
    def handle(self):
        self.count = 0
        try:
            while self.one():
                pass
        except (ConnectionError, ValueError, IndexError):
            pass

    def one(self):
        line = self.rfile.readline()
        if not line:
            return False
        self.count += 1
        fields = []
        while (field := self.rfile.readline()) not in (b"\r\n", b"\n", b""):
            fields.append(field)
        named = {f.split(b":")[0].lower(): f.split(b":", 1)[1].strip() for f in fields}
        method, target = line.split()[:2]
        path = target.decode("latin-1").split("?")[0]
        if named.get(b"expect", b"").lower() == b"100-continue" and "/impatient" not in path:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.body(named)
        head = method == b"HEAD"
        keeps = self.reply(path, b"".join([line, *fields, b"\r\n", body]), head)
        return keeps and named.get(b"connection", b"").lower() != b"close"

    def body(self, named):
        if named.get(b"transfer-encoding", b"").lower() == b"chunked":
            whole = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            return whole
        return self.rfile.read(int(named.get(b"content-length", b"0")))

    def reply(self, path, request, head):
        name, _, rest = path.lstrip("/").partition("/")
        port = self.server.server_address[1]
        say = self.wfile.write
        if name.startswith("echo"):
            if "connection" not in path:  # how it is kept is the proxy's own affair
                request = b"\r\n".join(f for f in request.split(b"\r\n") if not f.startswith(b"Connection: "))
            say(answer(request, head=head))
        elif name == "size":
            say(answer(b"%d bytes\n" % len(request.partition(b"\r\n\r\n")[2]), head=head))
        elif name == "chunked":
            say(("HTTP/1.1 200 OK\r\n%sTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n" % DATE).encode())
            say(b"5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nX-Sum: 12\r\n\r\n" if not head else b"")
        elif name == "close":
            say(("HTTP/1.1 200 OK\r\n%sContent-Type: text/plain\r\n\r\nto the end\n" % DATE).encode())
            return False
        elif name == "old":
            say(("HTTP/1.0 200 OK\r\n%s\r\nof HTTP/1.0\n" % DATE).encode())
            return False
        elif name == "short":
            say(("HTTP/1.1 200 OK\r\n%sContent-Length: 100\r\n\r\nnot all" % DATE).encode())
            return False
        elif name == "status":
            rest = rest.strip("/")
            say(answer(b"" if rest in ("204", "304") else b"status " + rest.encode() + b"\n", rest + " By Backend",
                       'WWW-Authenticate: Basic realm="b"\r\nX-Why: because\r\n', head=head))
        elif name == "cookies":
            say(answer(b"c\n", fields="Set-Cookie: a=1; Path=/; Domain=inside.example\r\n"
                       "Set-Cookie: b=2; path=/app/x; domain=other.example; Secure\r\nSet-Cookie: c=3\r\n", head=head))
        elif name == "moved":
            say(answer(b"m\n", "302 Found", "Location: http://127.0.0.1:%d/%s\r\nContent-Location: "
                       "http://127.0.0.1:%d/c\r\nURI: http://127.0.0.1:%d/u\r\n" % (port, rest, port, port), head=head))
        elif name == "moved-away":
            say(answer(b"m\n", "301 Moved", "Location: http://elsewhere.example/x\r\n", head=head))
        elif name == "moved-here":
            say(answer(b"m\n", "301 Moved", "Location: /%s\r\n" % rest, head=head))
        elif name == "hop":
            say(answer(b"h\n", fields="Connection: X-Hop, keep-alive\r\nX-Hop: gone\r\nKeep-Alive: timeout=5\r\n"
                       "Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Stay: here\r\nVia: 1.0 inner\r\n", head=head))
        elif name == "fields":
            field, _, value = rest.partition("/")
            say(answer(b"f\n", fields="%s: %s\r\n" % (field, value), head=head))
        elif name == "garbage":
            say(b"this is no answer\r\n\r\n")
            return False
        elif name == "badfield":
            say(b"HTTP/1.1 200 OK\r\nA: b\r\nno field\r\nC: d\r\nContent-Length: 2\r\n\r\nx\n")
        elif name == "drop":
            return False
        elif name == "split":
            for piece in (b"HTTP/1.1 200 O", b"K\r\nContent-Le", b"ngth: 4\r\nX-A: b\r", b"\n\r\nab", b"c\n"):
                say(piece)
                self.wfile.flush()
                time.sleep(0.02)
        elif name == "hints":
            say(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + answer(b"h\n", head=head))
        elif name == "big":
            say(answer(b"0123456789abcdef" * (int(rest) // 16), head=head))
        elif name == "html":
            say(answer(b"<p>html</p>\n", kind="text/html; charset=utf-8", head=head))
        else:
            say(answer(b"no such page here\n", "404 Not Found", head=head))
        return True


def variables(params):
    """As text, without what is never twice the same."""
    kept = {k: v for k, v in params.items() if k not in ("REMOTE_PORT", "UNIQUE_ID", "SERVER_SOFTWARE", "SERVER_SIGNATURE", "PATH")}
    return "".join("%s=%s\n" % pair for pair in sorted(kept.items())).encode("latin-1")


def script(params, body):
    """A program's answer to /…/NAME.php by its name."""
    name = params.get("SCRIPT_FILENAME", params.get("PATH_INFO", "")).split("?")[0].rsplit("/", 1)[-1]
    if name.startswith("env"):
        return b"Content-Type: text/plain\r\n\r\n" + variables(params) + b"body=" + body + b"\n"
    if name.startswith("status"):
        return b"Status: 404 Nothing Here\r\nContent-Type: text/plain\r\nX-A: 1\r\n\r\nnot found\n"
    if name.startswith("moved"):
        return b"Location: http://elsewhere.example/\r\n\r\n"
    if name.startswith("inside"):
        return b"Location: /in/side.txt\r\n\r\n"
    if name.startswith("bad"):
        return b"no head at all\n"
    if name.startswith("nothing"):
        return b""
    if name.startswith("length"):
        return b"Content-Length: 3\r\nContent-Type: text/plain\r\n\r\nabcdef"
    if name.startswith("big"):
        return b"Content-Type: text/plain\r\n\r\n" + b"0123456789abcdef" * 20000
    if name.startswith("size"):
        return b"Content-Type: text/plain\r\n\r\n%d\n" % len(body)
    return b"Content-Type: text/html\r\nSet-Cookie: s=1\r\n\r\n<p>" + name.encode("latin-1") + b"</p>\n"


class Fcgi(socketserver.StreamRequestHandler):
    def record(self):
        head = self.rfile.read(8)
        if len(head) < 8:
            return None, b""
        content = self.rfile.read(int.from_bytes(head[4:6], "big"))
        self.rfile.read(head[6])
        return head[1], content

    def send(self, kind, content):
        while True:
            piece, content = content[:65528], content[65528:]
            self.wfile.write(bytes([1, kind, 0, 1]) + len(piece).to_bytes(2, "big") + bytes([len(piece) % 8, 0]) + piece
                             + b"\0" * (len(piece) % 8))
            if not content:
                return

    def handle(self):
        try:
            while self.one():
                pass
        except ConnectionError:
            pass

    def one(self):
        params, body, keep = b"", b"", False
        while True:
            kind, content = self.record()
            if kind is None:
                return False
            if kind == 1:
                keep = bool(content[2] & 1)
            elif kind == 4:
                params += content
            elif kind == 5:
                body += content
                if not content:
                    break
        named = pairs(params)
        said = script(named, body)
        if "stderr" in named.get("SCRIPT_FILENAME", ""):
            self.send(7, b"PHP message: careful\nand again")
        if said:
            self.send(6, said)
        self.send(6, b"")
        self.send(3, b"\0" * 8)
        self.wfile.flush()
        return keep


def pairs(data):
    out, at = {}, 0

    def number():
        nonlocal at
        if data[at] < 128:
            at += 1
            return data[at - 1]
        at += 4
        return int.from_bytes(data[at - 4:at], "big") & 0x7FFFFFFF

    while at < len(data):
        name, value = number(), number()
        out[data[at:at + name].decode("latin-1")] = data[at + name:at + name + value].decode("latin-1")
        at += name + value
    return out


class Scgi(socketserver.StreamRequestHandler):
    def handle(self):
        size = b""
        while (digit := self.rfile.read(1)) != b":":
            size += digit
        words = self.rfile.read(int(size)).split(b"\0")
        self.rfile.read(1)
        params = {words[i].decode("latin-1"): words[i + 1].decode("latin-1") for i in range(0, len(words) - 1, 2)}
        body = self.rfile.read(int(params.get("CONTENT_LENGTH") or 0))
        params.setdefault("SCRIPT_FILENAME", params.get("REQUEST_URI", ""))
        self.wfile.write(script(params, body))


class Server(socketserver.ThreadingTCPServer):
    tls = None
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def finish_request(self, request, client_address):
        if self.tls:
            try:
                request.settimeout(5)
                request = self.tls.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):
                return
        super().finish_request(request, client_address)


def tls(asks):
    """With the certificate of the folder it runs in (pki.py)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("server.pem", "server.key")
    if asks:
        context.load_verify_locations("ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def main():
    kinds = {"http": Http, "fcgi": Fcgi, "scgi": Scgi, "https": Http, "asking": Http}
    for word in sys.argv[1:]:
        kind, port = word.split("=")
        server = Server(("127.0.0.1", int(port)), kinds[kind])
        if kind in ("https", "asking"):
            server.tls = tls(kind == "asking")
        threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
