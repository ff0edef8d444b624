"""Sessions that several servers share: Redis, memcached, a dbm file, a ticket key file."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

from lib import TLS, Box, ask, eventually, free_port, need, test

V = ssl.TLSVersion


@contextlib.contextmanager
def program(*words, port):
    """A server beside ours, once it answers."""
    with subprocess.Popen(
        [need(words[0]), *words[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            eventually(lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True, words[0])
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()


def redis(port):
    return program(
        "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", port=port
    )


@contextlib.contextmanager
def beside(box):
    other = Box(box.program, box.certs)
    try:
        yield other
    finally:
        other.close()


def by_id(cache):
    return "SSLSessionCache %s\nSSLSessionTickets off\n" % cache + TLS


def client(box, version=V.TLSv1_2, tickets=False):
    context = box.tls_context(minimum_version=version, maximum_version=version)
    if not tickets:
        context.options |= ssl.OP_NO_TICKET
    return context


def resumes(first, second, context):
    """Does `second` go on with a session of `first`?"""
    with first.connect(context=context) as connection:
        assert ask(connection).status == 200
        session = connection.session
    with second.connect(context=context, session=session) as connection:
        assert ask(connection).status == 200
        return connection.session_reused


def shares(box, cache, version=V.TLSv1_2):
    """Two servers with this cache resume each other's sessions, both ways."""
    box.config(by_id(cache)).start()
    with beside(box) as other:
        other.config(by_id(cache)).start()
        context = client(box, version)
        eventually(lambda: resumes(box, other, context), "the other resumes")
        eventually(lambda: resumes(other, box, context), "and the other way round")


@test
def two_servers_resume_each_others_sessions_through_redis(box):
    port = free_port()
    with redis(port):
        shares(box, "redis:127.0.0.1:%d" % port)


@test
def sessions_of_tls_1_3_without_tickets_are_shared_too(box):
    port = free_port()
    with redis(port):
        shares(box, "redis:127.0.0.1:%d" % port, V.TLSv1_3)


@test
def two_servers_resume_each_others_sessions_through_memcached(box):
    port = free_port()
    user = ("-u", "nobody") if os.geteuid() == 0 else ()
    with program("memcached", "-l", "127.0.0.1", "-p", str(port), *user, port=port):
        shares(box, "memcache:127.0.0.1:%d" % port)


@test(signet_only=True)
def two_servers_resume_each_others_sessions_through_a_file(box):
    folder = box.path / "shared"
    folder.mkdir()
    shares(box, "dbm:%s/sessions" % folder)


@test(signet_only=True)
def sessions_in_a_file_outlast_a_restart_and_a_damaged_file_is_replaced(box):
    box.config(by_id("dbm:@BOX@/sessions")).start()
    context = client(box)
    with box.connect(context=context) as connection:
        assert ask(connection).status == 200
        session = connection.session

    def restart():
        box.process.terminate()
        box.ended()
        box.start()

    time.sleep(0.2)
    restart()
    with box.connect(context=context, session=session) as connection:
        assert connection.session_reused
    box.process.terminate()
    box.ended()
    (box.path / "sessions").write_bytes(b"no database at all" * 1000)
    box.start()
    eventually(lambda: resumes(box, box, context), "a new file")


@test(signet_only=True)
def handshakes_go_on_when_redis_hangs_or_is_gone(box):
    port = free_port()
    with redis(port) as server:
        box.config("LogLevel info\n" + by_id("redis:127.0.0.1:%d" % port)).start()
        context = client(box)
        eventually(lambda: resumes(box, box, context), "resumed")
        with box.connect(context=context) as connection:
            assert ask(connection).status == 200
            session = connection.session
        server.send_signal(signal.SIGSTOP)
        took = []

        def visit():
            for _ in range(10):
                before = time.monotonic()
                with box.connect(context=context, session=session) as connection:
                    assert ask(connection).status == 200
                took.append(time.monotonic() - before)

        threads = [threading.Thread(target=visit) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(took) == 40 and max(took) < 2, took
        assert sum(took) / len(took) < 0.5, took
        eventually(lambda: box.said().count("SG0348") == 1, "said once")
        server.send_signal(signal.SIGCONT)
        eventually(lambda: resumes(box, box, context), "resumed again")
        eventually(lambda: box.said().count("SG0349") == 1, "said once")
    assert not resumes(box, box, context)
    eventually(lambda: box.said().count("SG0348") == 2, "said again")


@test(signet_only=True)
def a_client_that_leaves_while_its_session_is_looked_up_does_no_harm(box):
    port = free_port()
    with redis(port) as server:
        box.config(by_id("redis:127.0.0.1:%d" % port)).start()
        context = client(box)
        with box.connect(context=context) as connection:
            assert ask(connection).status == 200
            session = connection.session
        server.send_signal(signal.SIGSTOP)
        for _ in range(5):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            hello = context.wrap_bio(incoming, outgoing, server_hostname="localhost", session=session)
            with contextlib.suppress(ssl.SSLWantReadError):
                hello.do_handshake()
            with socket.create_connection(("127.0.0.1", box.https)) as plain:
                plain.sendall(outgoing.read())
        with box.connect(context=context) as connection:
            assert ask(connection).status == 200


@test
def two_servers_with_one_ticket_key_file_resume_each_others_tickets(box):
    key = box.path / "ticket.key"
    key.write_bytes(os.urandom(48))
    text = TLS.replace("SSLEngine on", 'SSLEngine on\n    SSLSessionTicketKeyFile "%s"' % key)
    box.config(text).start()
    with beside(box) as other:
        other.config(text).start()
        for version in (V.TLSv1_2, V.TLSv1_3):
            context = client(box, version, tickets=True)
            assert resumes(box, other, context) and resumes(other, box, context)
    with beside(box) as stranger:
        stranger.config().start()
        assert not resumes(box, stranger, client(box, tickets=True))


@test
def a_ticket_key_file_of_the_wrong_size_stops_the_start(box):
    (box.path / "ticket.key").write_bytes(os.urandom(47))
    box.config(TLS.replace("SSLEngine on", 'SSLEngine on\n    SSLSessionTicketKeyFile "@BOX@/ticket.key"'))
    done = box.run("-t")
    if box.is_signet:
        assert done.returncode == 1 and "Failed to read 48 bytes" in done.stderr, done.stderr
        assert "SG0310" in done.stderr


@test(signet_only=True)
def a_session_cache_that_cannot_be_is_refused_with_what_there_is(box):
    for word, text in (
        ("dc:/run/distcache", "redis:host:port"),
        ("redis:127.0.0.1:many", "is not host:port"),
        ("dbm:/no/such/folder/sessions", "/no/such/folder is not a directory"),
    ):
        done = box.config(by_id(word)).run("-t")
        assert done.returncode == 1 and text in done.stderr, done.stderr
