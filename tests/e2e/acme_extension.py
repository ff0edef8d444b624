"""What pebble 2.4 lacks, in front of a real one: renewal information (RFC 9773) and profiles (draft-ietf-acme-profiles)."""

import base64
import datetime
import http.client
import http.server
import json
import ssl
import threading

PROBLEM = "urn:ietf:params:acme:error:"


def utc(seconds_from_now):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_from_now)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class Extension:
    """`window(certificate id)` says when to renew, in seconds from now; `orders` and `accounts` are the payloads of newOrder and newAccount.
    `happened(path)` is called when pebble has answered and the client not yet; `spoil(path)` may give another body,
    `change(path, status, fields, body)` another answer."""

    def __init__(
        self,
        pebble,
        window=None,
        profiles=None,
        replaced_already=False,
        happened=lambda path: None,
        spoil=lambda path: None,
        change=lambda path, *answer: answer,
    ):
        self.pebble, self.window, self.profiles = pebble, window, profiles
        self.replaced_already = replaced_already
        self.happened, self.spoil, self.change = happened, spoil, change
        self.orders, self.accounts, self.asked = [], [], []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pebble.ca_file, pebble.folder / "key.pem")
        handler = type("Handler", (Handler,), {"extension": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # clients are killed here
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    base = property(lambda self: "https://localhost:%d" % self.server.server_port)
    url = property(lambda self: self.base + "/dir")
    ca_file = property(lambda self: self.pebble.ca_file)

    def directory(self, text):
        entries = json.loads(text)
        if self.window:
            entries["renewalInfo"] = self.base + "/renewal-info"
        if self.profiles is not None:
            entries["meta"]["profiles"] = self.profiles
        return json.dumps(entries).encode()

    def renewal_info(self, certificate):
        self.asked.append(certificate)
        start, end = self.window(certificate)
        words = {"suggestedWindow": {"start": utc(start), "end": utc(end)}, "explanationURL": "https://ca.example/why"}
        return json.dumps(words).encode()

    def refuses(self, order):
        """A problem document, or None."""
        self.orders.append(order)
        if "profile" in order and order["profile"] not in (self.profiles or {}):
            return {"type": PROBLEM + "invalidProfile", "detail": "no such profile: " + order["profile"]}
        if "replaces" in order and self.replaced_already:
            return {"type": PROBLEM + "alreadyReplaced", "detail": "it was replaced before"}
        return None

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extension = None

    def do_GET(self):
        if self.path.startswith("/renewal-info/"):
            body = self.extension.renewal_info(self.path.rpartition("/")[2])
            return self.answer(200, [("Retry-After", "1")], body)
        return self.forward()

    do_HEAD = lambda self: self.forward()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        status, fields, content = self.ask_pebble(body)
        payload = lambda: json.loads(base64.urlsafe_b64decode(json.loads(body)["payload"] + "==="))
        if self.path == "/sign-me-up" and status in (200, 201):
            self.extension.accounts.append(payload())
        if self.path == "/order-plz" and status == 201:  # pebble has checked nonce and signature
            problem = self.extension.refuses(payload())
            if problem:
                status, content = 400, json.dumps(problem).encode()
        self.answer(status, fields, content)

    def forward(self):
        status, fields, content = self.ask_pebble(None)
        if self.path == "/dir":
            content = self.extension.directory(content)
        self.answer(status, fields, content)

    def ask_pebble(self, body):
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", self.extension.pebble.port, context=context, timeout=10)
        try:
            named = {"Host": self.headers["host"], "Content-Type": "application/jose+json"}
            connection.request(self.command, self.path, body, named)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def answer(self, status, fields, body):
        self.extension.happened(self.path)
        spoilt = self.extension.spoil(self.path)
        if spoilt is not None:
            status, fields, body = 200, [], spoilt
        status, fields, body = self.extension.change(self.path, status, fields, body)
        self.send_response(status)
        for name, value in fields:
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass
