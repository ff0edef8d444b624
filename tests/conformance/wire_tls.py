"""The TLS side of an exchange: makes the client that a case describes, and tells how the handshake went."""

import re
import socket
import ssl
import subprocess
import time

import wire

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def context_of(client, pki):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # openssl.cnf of the system must not decide what is offered.
    context.minimum_version = VERSIONS[client.version] if client.version else VERSIONS["1.2"]
    context.maximum_version = VERSIONS[client.version] if client.version else VERSIONS["1.3"]
    if client.suites:
        context.set_ciphers(client.suites)
    if client.alpn:
        context.set_alpn_protocols(list(client.alpn))
    context.post_handshake_auth = client.post_handshake_auth
    load(context, client.certificate, pki)
    return context


def load(context, name, pki):
    if name:
        context.load_cert_chain(pki.path / "clients" / (name + ".pem"))


def outcome(error):
    """"unknown_ca" for the alert that came, or OpenSSL's reason."""
    if isinstance(error, (ConnectionError, ssl.SSLEOFError)):
        return "connection ended"
    if isinstance(error, TimeoutError):
        return "silent"
    reason = getattr(error, "reason", None) or str(error)
    alert = re.match(r"(?:TLSV1|SSLV3|TLSV13)_ALERT_(.*)", reason) or re.match(r"TLSV1_(UNRECOGNIZED_NAME)", reason)
    return "alert " + alert.group(1).lower() if alert else reason


def summary(connection, pki):
    cipher = connection.cipher()
    return "%s %s alpn=%s %s certificate=%s" % (
        connection.version(),
        cipher[0] if cipher else "no suite",
        connection.selected_alpn_protocol() or "-",
        "resumed" if connection.session_reused else "full",
        pki.name_of(connection.getpeercert(True)),
    )


class TlsReader(wire.Reader):
    """Alerts that come after the handshake are an end of their own kind."""

    def more(self):
        try:
            return super().more()
        except ssl.SSLError as error:
            self.ended = outcome(error)
            return False


def connect(port, client, context, session):
    plain = socket.create_connection(("127.0.0.1", port), timeout=wire.PATIENCE)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        return context.wrap_socket(plain, server_hostname=client.sni, session=session)
    except (OSError, ssl.SSLError):
        plain.close()
        raise


def exchange(port, what, pki):
    """Runs one exchange: (lines about TLS, answers, how the connection ended). `again`: a second time, with the session."""
    clients = [what.tls] + ([what.tls.second()] if what.tls.again is not None else [])
    context, session, told, answers, end = context_of(clients[0], pki), None, [], [], "not made"
    for client in clients:
        if client.certificate != clients[0].certificate:
            load(context, client.certificate, pki)
        time.sleep(client.pause)
        try:
            connection = connect(port, client, context, session)
        except (OSError, ssl.SSLError) as error:
            told.append("handshake: " + outcome(error))
            continue
        with connection:
            told.append("handshake: " + summary(connection, pki))
            wire.send(connection, what)
            reader = TlsReader(connection)
            these = wire.read_answers(reader, what.methods)
            end = wire.ending(reader, these)
            answers += these
            session = connection.session
    return told, answers, end


def s_client(port, what):
    """The lines of `openssl s_client` that the exchange wants to see."""
    end = time.monotonic() + 8
    while True:
        done = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, *what.arguments],
                              input=what.data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20,
                              check=False)
        lines = done.stdout.decode("latin-1").replace("\r", "").split("\n")
        if time.monotonic() > end or any(re.search(what.until, line) for line in lines):
            break
        time.sleep(0.2)
    return ["-- s_client"] + [line for line in lines if re.search(what.shows, line)]
