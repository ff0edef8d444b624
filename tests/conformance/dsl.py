"""The words that cases are written in: Family, Site, and the exchanges get, head, request, raw, rejects, accepts, dumps;
for TLS over, s_client."""

from dataclasses import dataclass, field, replace

MODULES = "mpm_event authz_core authz_host access_compat mime dir alias headers env setenvif"


TLS_MODULES = " ssl socache_shmcb"
# A TLS site that says nothing else; @PKI@ is the folder of pki.py.
TLS = """SSLEngine on
SSLCertificateFile "@PKI@/server.pem"
SSLCertificateKeyFile "@PKI@/server.key"
SSLSessionCache "shmcb:@RUN@/ssl_scache(512000)"
"""


@dataclass(frozen=True)
class Client:
    """How a client opens TLS."""

    version: str = ""  # "1.2" or "1.3"; else both
    suites: str = ""  # for TLS 1.2, in OpenSSL's words
    alpn: tuple = ()
    sni: str | None = "localhost"
    certificate: str = ""  # clients/NAME.pem of pki.py
    post_handshake_auth: bool = False
    pause: float = 0.0  # seconds before it connects
    again: dict | None = None  # a second connection with the session of the first; what differs then

    def second(self):
        return replace(self, again=None, **self.again)


@dataclass
class Exchange:
    name: str
    data: bytes = b""  # what the client sends, as bytes
    methods: list = field(default_factory=list)  # one per expected answer: HEAD has no body
    config: str = ""  # for verdicts of -t
    arguments: tuple = ("-t",)  # of the program, for verdicts and dumps
    kind: str = "request"  # or "verdict" (-t), or "dump" (-S, -M, -t -D DUMP_...)
    fails: bool = False  # Apache refuses it; the runner checks that it does
    exit_only: bool = False  # a verdict whose words are our own
    ordered: bool = False  # header order counts
    pieces: list = field(default_factory=list)  # sent one by one, with a pause between
    half_close: bool = False  # the client shuts down its sending side
    tls: Client | None = None  # None at a TLS site: the usual Client
    shows: str = ""  # of s_client: which lines
    until: str = ""  # of s_client: again, for a while, until a line matches this


@dataclass
class Site:
    """A configuration and a document tree that several exchanges are run against."""

    config: str
    exchanges: list
    tree: dict = field(default_factory=dict)
    log: str = '%h %l %u "%r" %>s %b'
    modules: str = MODULES
    base: bool = True  # the usual DocumentRoot and its <Directory>
    environment: dict = field(default_factory=dict)
    errors: str = ""  # compare the error log too, written at this LogLevel
    tls: bool | str = False  # a TLS site: True for TLS above, or what to say instead of it
    programs: bool = False  # how soon a program ends decides about the framing: it is not compared
    beside: tuple = ()  # redis, memcached, ocsp, oldocsp, http, fcgi, scgi (beside.py); @REDIS@ is the port
    generated: bool = False  # by random_sections: a difference is printed with the whole site


@dataclass
class Family:
    """At most ten exchanges about one group of directives; at least one of them fails."""

    name: str
    sites: list


def _head(line, headers, close):
    names = {h.split(":")[0].lower() for h in headers}
    lines = [line]
    if "host" not in names and line.endswith("HTTP/1.1"):
        lines.append("Host: localhost")
    lines += headers
    if close and "connection" not in names:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def request(line, *headers, name="", body=b"", close=True, **options):
    """One request; Host and Connection: close are added when they are not given."""
    method = line.split(" ")[0]
    if body and not any(
        h.lower().startswith(("content-length", "transfer-encoding")) for h in headers
    ):
        headers += ("Content-Length: %d" % len(body),)
    shown = (name or " ".join((line,) + headers))[:100]
    return Exchange(shown, _head(line, list(headers), close) + body, [method], **options)


def get(path, *headers, **options):
    return request("GET %s HTTP/1.1" % path, *headers, **options)


def head(path, *headers, **options):
    return request("HEAD %s HTTP/1.1" % path, *headers, **options)


def raw(name, data, answers=("GET",), **options):
    """Bytes as they are, and the methods of the answers to wait for."""
    return Exchange(name, data, list(answers), **options)


def pieces(name, *parts, answers=("GET",), **options):
    return Exchange(name, b"".join(parts), list(answers), pieces=list(parts), **options)


def rejects(name, config, **options):
    """-t refuses this configuration, with the same exit code and the same words."""
    return Exchange(name, config=config, kind="verdict", fails=True, **options)


def accepts(name, config, **options):
    return Exchange(name, config=config, kind="verdict", **options)


def dumps(config, *arguments, **options):
    """The program prints the same with these arguments."""
    name = " ".join(arguments)
    return Exchange(name, config=config, kind="dump", arguments=arguments, **options)


def fails(exchange):
    exchange.fails = True
    return exchange


def in_order(exchange):
    exchange.ordered = True
    return exchange


def over(exchange, **client):
    """The exchange as this Client sends it: over(get("/"), version="1.2", certificate="good")."""
    exchange.tls = Client(**client)
    shown = ", ".join("%s %s" % item for item in client.items())
    exchange.name = ("%s: %s" % (shown, exchange.name))[:110]
    return exchange


def s_client(name, *arguments, shows, data=b"", **options):
    """`openssl s_client` with these arguments and this input; its lines that match `shows` are compared. `until`: what
    the server learns in the background may take a moment."""
    return Exchange(name, data, kind="s_client", arguments=arguments, shows=shows, **options)
