"""Frame sequences that RFC 9113 and RFC 7541 forbid (and some that they allow), and the answer each
must get: the list of h2spec, and what real servers got wrong."""

import struct

from h2frames import *  # noqa: F403
from lib import TLS, test

HTTP2 = "Protocols h2 h2c http/1.1\nH2MaxStreamErrors 0\nH2WindowSize 16384\nLogLevel http2:info\n" + TLS
CASES = {}


def case(section, *verdicts, stream=1, hello=True, initial=()):
    """Registers a sequence; one of the verdicts (Frames.verdict) must follow."""

    def register(function):
        CASES.setdefault(section.split(".")[0], []).append(
            (section + ": " + function.__name__.replace("_", " "), function, verdicts, stream,
             hello, initial))
        return function

    return register


def dies(code):
    """A connection error: GOAWAY of that code, or (RFC 9113 §5.4.1) just the end."""
    return ("GOAWAY " + code,)


def resets(code):
    """A stream error, which may be treated as one of the connection (§5.4.2)."""
    return ("RST_STREAM " + code, "GOAWAY " + code)


OK = ("200",)
OPEN = END_HEADERS


def check(box, chapter):
    box.page("1k.txt", "x" * 1024)
    box.config(HTTP2).start()
    wrong = []
    for title, function, verdicts, stream, hello, initial in CASES[chapter]:
        with Frames(box.connect_plain(), hello=hello, initial=initial) as client:
            function(client)
            said = client.verdict(stream)
        if said not in verdicts:
            wrong.append("%s: %s, not %s" % (title, said, " or ".join(verdicts)))
    with Frames(box.connect_plain()) as client:
        client.headers(1, client.get("/1k.txt"))
        assert client.response(1).status == 200
    assert not wrong, "\n" + "\n".join(wrong)


def post(client, more=()):
    return client.get("/1k.txt", "POST", more)


# --- 3: starting -----------------------------------------------------------------------------------


@case("3.4", *OK)
def a_preface_and_a_request_are_answered(c):
    c.headers(1, c.get())


@case("3.4", "closed", "GOAWAY PROTOCOL_ERROR", hello=False)
def a_preface_without_settings_is_refused(c):
    c.send(PREFACE + pack(HEADERS, 5, 1, c.block(c.get())))


@case("3.4", "closed", "GOAWAY PROTOCOL_ERROR", hello=False)
def a_preface_that_ends_wrongly_is_refused(c):
    c.send(PREFACE[:18] + b"XX\r\n\r\n" + pack(SETTINGS))


# --- 4: frames -------------------------------------------------------------------------------------


@case("4.1", *OK)
def a_frame_of_unknown_type_is_ignored(c):
    c.frame(0xEE, 0xFF, 0, b"12345678")
    c.headers(1, c.get())


@case("4.1", *OK)
def undefined_flags_are_ignored(c):
    c.frame(PING, 0x16, 0, b"12345678")
    c.headers(1, c.get())


@case("4.1", *OK)
def the_reserved_bit_is_ignored(c):
    c.send(pack(PING, 0, 0x80000000, b"12345678"))
    c.headers(1, c.get())


@case("4.2", *OK)
def data_of_the_largest_size_is_taken(c):
    c.headers(1, post(c), OPEN)
    c.data(1, b"x" * 16384)


@case("4.2", *resets("FRAME_SIZE_ERROR"))
def data_above_the_largest_size_is_refused(c):
    c.headers(1, post(c), OPEN)
    c.data(1, b"x" * 16385)


@case("4.2", *dies("FRAME_SIZE_ERROR"))
def headers_above_the_largest_size_are_refused(c):
    c.headers(1, c.get(more=[("x-%d" % i, "y" * 4000) for i in range(5)]))


@case("4.2", *dies("FRAME_SIZE_ERROR"))
def settings_above_the_largest_size_are_refused(c):
    c.frame(SETTINGS, 0, 0, settings((1, 4096)) * 2731)


@case("4.3", *dies("COMPRESSION_ERROR"))
def a_broken_block_is_refused(c):
    c.headers(1, b"\x00\x00\x00\x40")


@case("4.3", *dies("PROTOCOL_ERROR"))
def priority_within_a_block_is_refused(c):
    c.headers(1, c.get(), END_STREAM)
    c.frame(PRIORITY, 0, 1, b"\0\0\0\0\x10")


@case("4.3", *dies("PROTOCOL_ERROR"))
def another_streams_headers_within_a_block_are_refused(c):
    c.headers(1, c.get(), END_STREAM)
    c.headers(3, c.get())


# --- 5: streams ------------------------------------------------------------------------------------


@case("5.1", *dies("PROTOCOL_ERROR"))
def data_on_an_idle_stream(c):
    c.data(1, b"x")


@case("5.1", *dies("PROTOCOL_ERROR"))
def reset_of_an_idle_stream(c):
    c.frame(RST_STREAM, 0, 1, struct.pack(">I", CANCEL))


@case("5.1", *dies("PROTOCOL_ERROR"))
def window_update_of_an_idle_stream(c):
    c.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 100))


@case("5.1", *dies("PROTOCOL_ERROR"))
def continuation_on_an_idle_stream(c):
    c.frame(CONTINUATION, END_HEADERS, 1, c.block(c.get()))


def half_close(c):
    """Stream 1 has been asked for, and its answer waits for a window."""
    c.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 0)))
    c.headers(1, c.get("/1k.txt"))
    c.until(lambda: c.streams.get(1) and c.streams[1].heads)


@case("5.1", *resets("STREAM_CLOSED"))
def data_when_half_closed(c):
    half_close(c)
    c.data(1, b"x")


@case("5.1", *resets("STREAM_CLOSED"))
def headers_when_half_closed(c):
    half_close(c)
    c.headers(1, c.get())


@case("5.1", *dies("PROTOCOL_ERROR"), *dies("STREAM_CLOSED"))
def continuation_when_half_closed(c):
    half_close(c)
    c.frame(CONTINUATION, END_HEADERS, 1, c.block(c.get()))


def reset_by_us(c):
    half_close(c)
    c.frame(RST_STREAM, 0, 1, struct.pack(">I", CANCEL))


@case("5.1", *resets("STREAM_CLOSED"))
def data_after_reset(c):
    reset_by_us(c)
    c.data(1, b"x")


@case("5.1", *resets("STREAM_CLOSED"))
def headers_after_reset(c):
    reset_by_us(c)
    c.headers(1, c.get())


@case("5.1", *dies("PROTOCOL_ERROR"), *dies("STREAM_CLOSED"))
def continuation_after_reset(c):
    reset_by_us(c)
    c.frame(CONTINUATION, END_HEADERS, 1, c.block(c.get()))


def finish(c):
    c.headers(1, c.get("/1k.txt"))
    c.response(1)
    c.streams[1] = Response()


@case("5.1", *dies("STREAM_CLOSED"), *resets("STREAM_CLOSED"))
def data_on_a_closed_stream(c):
    finish(c)
    c.data(1, b"x")


@case("5.1", *dies("STREAM_CLOSED"))
def headers_on_a_closed_stream(c):
    finish(c)
    c.headers(1, c.get())


@case("5.1", *dies("PROTOCOL_ERROR"), *dies("STREAM_CLOSED"))
def continuation_on_a_closed_stream(c):
    finish(c)
    c.frame(CONTINUATION, END_HEADERS, 1, c.block(c.get()))


@case("5.1", "nothing")
def window_update_and_reset_on_a_closed_stream_are_ignored(c):
    finish(c)
    c.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 100))
    c.frame(RST_STREAM, 0, 1, struct.pack(">I", CANCEL))
    c.frame(PRIORITY, 0, 1, b"\0\0\0\0\x10")


@case("5.1", *dies("PROTOCOL_ERROR"), stream=2)
def an_even_stream_number(c):
    c.headers(2, c.get())


@case("5.1", *dies("PROTOCOL_ERROR"), stream=3)
def a_smaller_stream_number(c):
    c.headers(5, c.get())
    c.headers(3, c.get())


@case("5.1", *resets("REFUSED_STREAM"), *resets("PROTOCOL_ERROR"), stream=201)
def more_streams_than_allowed(c):
    c.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 0)))
    for i in range(101):
        c.headers(1 + 2 * i, c.get("/1k.txt"))


@case("5.3", *OK, *resets("PROTOCOL_ERROR"))
def a_stream_that_depends_on_itself(c):
    # RFC 9113 took priorities out: it may be ignored, or refused as RFC 7540 had it.
    c.headers(1, c.get(), END_STREAM | END_HEADERS | HAS_PRIORITY, before=b"\0\0\0\x01\xff")


@case("5.3", *OK)
def priority_in_every_state(c):
    c.frame(PRIORITY, 0, 1, b"\0\0\0\0\x10")  # idle
    c.headers(1, post(c), OPEN)
    c.frame(PRIORITY, 0, 1, b"\0\0\0\0\x20")  # open
    c.data(1, b"x")
    c.frame(PRIORITY, 0, 1, b"\0\0\0\0\x30")  # half closed
    c.response(1)
    c.frame(PRIORITY, 0, 1, b"\0\0\0\0\x40")  # closed


@case("5.3", *OK, *resets("PROTOCOL_ERROR"))
def a_priority_frame_that_names_its_own_stream(c):
    c.headers(1, c.get())
    c.frame(PRIORITY, 0, 1, b"\0\0\0\x01\xff")


@case("5.4", *dies("FRAME_SIZE_ERROR"))
def an_error_ends_the_connection(c):
    c.frame(PING, 0, 0, b"short")


@case("5.5", *OK)
def an_extension_frame_is_ignored(c):
    c.frame(0x16, 0, 0, b"unknown")
    c.frame(0x16, 0, 1, b"unknown")
    c.headers(1, c.get())


@case("5.5", *dies("PROTOCOL_ERROR"))
def an_extension_frame_within_a_block(c):
    c.headers(1, c.get(), END_STREAM)
    c.frame(0x16, 0, 0, b"unknown")
    c.frame(CONTINUATION, END_HEADERS, 1, c.block([("x-more", "y")]))


# --- 6: kinds of frames ----------------------------------------------------------------------------


@case("6.1", *dies("PROTOCOL_ERROR"))
def data_on_stream_0(c):
    c.frame(DATA, END_STREAM, 0, b"x")


@case("6.1", *OK)
def padded_data(c):
    c.headers(1, post(c), OPEN)
    c.frame(DATA, PADDED | END_STREAM, 1, b"\x05hello" + bytes(5))


@case("6.1", *dies("PROTOCOL_ERROR"))
def data_with_more_padding_than_payload(c):
    c.headers(1, post(c), OPEN)
    c.frame(DATA, PADDED | END_STREAM, 1, b"\x09Test")


@case("6.1", *dies("FRAME_SIZE_ERROR"))
def padded_data_without_a_pad_length(c):
    c.headers(1, post(c), OPEN)
    c.frame(DATA, PADDED | END_STREAM, 1, b"")


@case("6.2", *OK)
def padded_headers_with_a_priority(c):
    c.headers(1, c.get(), PADDED | HAS_PRIORITY | END_STREAM | END_HEADERS,
              before=b"\x03\0\0\0\0\x10", after=bytes(3))


@case("6.2", *dies("PROTOCOL_ERROR"))
def headers_on_stream_0(c):
    c.headers(0, c.get())


@case("6.2", *dies("PROTOCOL_ERROR"))
def headers_with_more_padding_than_payload(c):
    c.headers(1, c.get(), PADDED | END_STREAM | END_HEADERS, before=b"\xff")


@case("6.2", *dies("FRAME_SIZE_ERROR"))
def headers_too_short_for_their_priority(c):
    c.frame(HEADERS, HAS_PRIORITY | END_STREAM | END_HEADERS, 1, b"\0\0")


@case("6.3", *dies("PROTOCOL_ERROR"))
def priority_on_stream_0(c):
    c.frame(PRIORITY, 0, 0, b"\0\0\0\0\x10")


@case("6.3", *resets("FRAME_SIZE_ERROR"))
def priority_of_a_wrong_length(c):
    c.headers(1, post(c), OPEN)
    c.frame(PRIORITY, 0, 1, b"\0\0\0\0")


@case("6.3", *OK)
def priority_of_an_idle_stream(c):
    c.frame(PRIORITY, 0, 1, b"\0\0\0\0\x10")
    c.headers(1, c.get())


@case("6.4", *dies("PROTOCOL_ERROR"))
def reset_of_stream_0(c):
    c.frame(RST_STREAM, 0, 0, struct.pack(">I", CANCEL))


@case("6.4", *dies("FRAME_SIZE_ERROR"))
def reset_of_a_wrong_length(c):
    c.headers(1, post(c), OPEN)
    c.frame(RST_STREAM, 0, 1, b"\0\0\0")


@case("6.5", *dies("FRAME_SIZE_ERROR"))
def an_acknowledgement_with_payload(c):
    c.frame(SETTINGS, ACK, 0, settings((1, 4096)))


@case("6.5", *dies("PROTOCOL_ERROR"))
def settings_on_a_stream(c):
    c.frame(SETTINGS, 0, 1, settings((1, 4096)))


@case("6.5", *dies("FRAME_SIZE_ERROR"))
def settings_of_a_wrong_length(c):
    c.frame(SETTINGS, 0, 0, b"\0\1\0")


@case("6.5", *dies("PROTOCOL_ERROR"))
def enable_push_of_2(c):
    c.frame(SETTINGS, 0, 0, settings((ENABLE_PUSH, 2)))


@case("6.5", *dies("FLOW_CONTROL_ERROR"))
def an_initial_window_that_is_too_large(c):
    c.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 0x80000000)))


@case("6.5", *dies("PROTOCOL_ERROR"))
def a_frame_size_that_is_too_small(c):
    c.frame(SETTINGS, 0, 0, settings((MAX_FRAME, 16383)))


@case("6.5", *dies("PROTOCOL_ERROR"))
def a_frame_size_that_is_too_large(c):
    c.frame(SETTINGS, 0, 0, settings((MAX_FRAME, 16777216)))


@case("6.5", *OK)
def settings_are_acknowledged(c):
    before = sum(1 for f in c.frames if f.kind == SETTINGS and f.flags & ACK)
    c.frame(SETTINGS, 0, 0, settings((MAX_STREAMS, 100)))
    assert c.until(lambda: sum(1 for f in c.frames if f.kind == SETTINGS and f.flags & ACK) > before)
    c.headers(1, c.get())


@case("6.5", *OK)
def an_unknown_setting(c):
    c.frame(SETTINGS, 0, 0, settings((0xFF, 1)))
    c.headers(1, c.get())


@case("6.5", *OK)
def the_last_of_equal_settings_counts(c):
    c.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 0), (INITIAL_WINDOW, 65535)))
    c.headers(1, c.get("/1k.txt"))


@case("6.6", *dies("PROTOCOL_ERROR"))
def a_push_promise_of_a_client(c):
    c.headers(1, post(c), OPEN)
    c.frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2) + c.block(c.get()))


@case("6.7", *dies("PROTOCOL_ERROR"))
def ping_on_a_stream(c):
    c.frame(PING, 0, 1, b"12345678")


@case("6.7", *dies("FRAME_SIZE_ERROR"))
def ping_of_a_wrong_length(c):
    c.frame(PING, 0, 0, b"123456")


@case("6.7", "nothing")
def a_ping_acknowledgement_is_not_answered(c):
    c.frame(PING, ACK, 0, b"invalid!")
    c.is_alive()
    assert not any(f.payload == b"invalid!" for f in c.frames)


@case("6.7", *OK)
def a_ping_is_answered_with_its_payload(c):
    c.ping(b"h2spec!!")
    assert c.until(lambda: any(f.kind == PING and f.flags & ACK and f.payload == b"h2spec!!"
                               for f in c.frames))
    c.headers(1, c.get())


@case("6.8", *OK, "closed", "GOAWAY NO_ERROR")
def goaway_of_a_client_lets_its_streams_end(c):
    c.headers(1, c.get())
    c.frame(GOAWAY, 0, 0, struct.pack(">II", 0, NO_ERROR))


@case("6.8", *dies("PROTOCOL_ERROR"))
def goaway_on_a_stream(c):
    c.frame(GOAWAY, 0, 1, bytes(8))


@case("6.9", *dies("PROTOCOL_ERROR"))
def a_window_update_of_0(c):
    c.frame(WINDOW_UPDATE, 0, 0, bytes(4))


@case("6.9", *resets("PROTOCOL_ERROR"))
def a_streams_window_update_of_0(c):
    c.headers(1, post(c), OPEN)
    c.frame(WINDOW_UPDATE, 0, 1, bytes(4))


@case("6.9", *dies("FRAME_SIZE_ERROR"))
def a_window_update_of_a_wrong_length(c):
    c.frame(WINDOW_UPDATE, 0, 0, b"\0\0\1")


@case("6.9", "nothing")
def no_more_is_sent_than_the_window_allows(c):
    c.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 1)))
    c.windows = False
    c.headers(1, c.get("/1k.txt"))
    c.until(lambda: c.streams.get(1) and c.streams[1].body)
    c.is_alive()
    assert c.streams[1].body == b"x", c.streams[1].body


@case("6.9", *dies("FLOW_CONTROL_ERROR"))
def a_connection_window_beyond_its_limit(c):
    c.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFFFFFF))
    c.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFFFFFF))


@case("6.9", *resets("FLOW_CONTROL_ERROR"))
def a_streams_window_beyond_its_limit(c):
    c.headers(1, post(c), OPEN)
    c.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 0x7FFFFFFF))
    c.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 0x7FFFFFFF))


@case("6.9", *OK)
def a_larger_initial_window_lets_a_waiting_answer_go(c):
    half_close(c)
    c.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 2000)))
    c.response(1)


@case("6.9", *OK)
def a_negative_window_is_understood(c):
    c.windows = False
    c.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 3)))
    c.headers(1, c.get("/1k.txt"))
    c.until(lambda: c.streams.get(1) and len(c.streams[1].body) == 3)
    c.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 2)))
    c.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1))
    c.is_alive()
    assert len(c.streams[1].body) == 3
    c.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 5000))
    c.response(1)


# RFC 9113 §6.9.2 has an error of the connection here; nghttp2 resets the streams concerned.
@case("6.9", *resets("FLOW_CONTROL_ERROR"))
def an_initial_window_that_makes_a_streams_too_large(c):
    c.headers(1, post(c), OPEN)
    c.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 0x7FFF0000 - 65535 + 65535))
    c.frame(SETTINGS, 0, 0, settings((INITIAL_WINDOW, 0x7FFFFFFF)))


@case("6.9", *resets("FLOW_CONTROL_ERROR"))
def more_data_than_the_window_allows(c):
    head = c.block(post(c))
    c.send(pack(HEADERS, OPEN, 1, head) + 2 * pack(DATA, 0, 1, b"x" * 16384))


@case("6.10", *OK)
def several_continuations(c):
    block = c.block(c.get(more=[("x-one", "1"), ("x-two", "2")]))
    c.frame(HEADERS, END_STREAM, 1, block[:5])
    c.frame(CONTINUATION, 0, 1, block[5:9])
    c.frame(CONTINUATION, 0, 1, b"")
    c.frame(CONTINUATION, END_HEADERS, 1, block[9:])


@case("6.10", *dies("PROTOCOL_ERROR"))
def data_within_a_block(c):
    c.headers(1, post(c), 0)
    c.frame(CONTINUATION, 0, 1, c.block([("x-one", "1")]))
    c.data(1, b"x")


@case("6.10", *dies("PROTOCOL_ERROR"))
def continuation_on_stream_0(c):
    c.headers(1, c.get(), END_STREAM)
    c.frame(CONTINUATION, END_HEADERS, 0, c.block([("x-one", "1")]))


@case("6.10", *dies("PROTOCOL_ERROR"), *dies("STREAM_CLOSED"))
def continuation_after_a_complete_head(c):
    c.headers(1, post(c), OPEN)
    c.frame(CONTINUATION, END_HEADERS, 1, c.block([("x-one", "1")]))


@case("6.10", *dies("PROTOCOL_ERROR"), *dies("STREAM_CLOSED"))
def continuation_after_the_last_continuation(c):
    c.headers(1, post(c), 0)
    c.frame(CONTINUATION, END_HEADERS, 1, c.block([("x-one", "1")]))
    c.frame(CONTINUATION, END_HEADERS, 1, c.block([("x-two", "2")]))


@case("6.10", *dies("PROTOCOL_ERROR"), *dies("STREAM_CLOSED"))
def continuation_after_data(c):
    c.headers(1, post(c), OPEN)
    c.data(1, b"x", 0)
    c.frame(CONTINUATION, END_HEADERS, 1, c.block([("x-two", "2")]))


# --- 7 and 8: codes, messages ----------------------------------------------------------------------


@case("8.0", "nothing", "closed", "GOAWAY NO_ERROR")
def goaway_with_an_unknown_code(c):
    c.frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0xFF))


@case("8.0", "200", stream=3)
def reset_with_an_unknown_code(c):
    c.headers(1, post(c), OPEN)
    c.frame(RST_STREAM, 0, 1, struct.pack(">I", 0xFF))
    c.headers(3, c.get())


@case("8.1", *resets("PROTOCOL_ERROR"))
def a_second_head_without_end_of_stream(c):
    c.headers(1, post(c), OPEN)
    c.headers(1, [("x-trailer", "1")], OPEN)


@case("8.1", *OK)
def a_head_request(c):
    c.headers(1, c.get("/1k.txt", "HEAD"))


@case("8.1", *OK)
def a_post_request_in_several_frames(c):
    c.headers(1, post(c, [("content-length", "8")]), OPEN)
    c.data(1, b"post", 0)
    c.data(1, b"", 0)
    c.data(1, b"body")


@case("8.1", *OK)
def trailers(c):
    c.headers(1, post(c), OPEN)
    c.data(1, b"body", 0)
    c.headers(1, [("x-trailer", "1")])


def malformed(title, *fields, method="GET"):
    def sequence(c):
        named = {f[0]: f for f in c.get(method=method)}
        for field in fields:
            if len(field) == 1:
                del named[field[0]]
        c.headers(1, list(named.values()) + [f for f in fields if len(f) == 2])

    sequence.__name__ = title
    case("8.1", *resets("PROTOCOL_ERROR"))(sequence)


malformed("an upper case name", ("X-Upper", "1"))
malformed("an unknown pseudo field", (":unknown", "1"))
malformed("a pseudo field of responses", (":status", "200"))
malformed("connection", ("connection", "keep-alive"))
malformed("keep-alive", ("keep-alive", "1"))
malformed("proxy-connection", ("proxy-connection", "close"))
malformed("transfer-encoding", ("transfer-encoding", "chunked"))
malformed("upgrade", ("upgrade", "h2c"))
malformed("te other than trailers", ("te", "trailers, deflate"))
malformed("no method", (":method",))
malformed("no scheme", (":scheme",))
malformed("no path", (":path",))
malformed("two methods", (":method", "GET"))
malformed("two schemes", (":scheme", "http"))
malformed("two paths", (":path", "/"))
malformed("two authorities", (":authority", "localhost"))
malformed("a line break in a value", ("x-value", "a\r\nb"))
malformed("a nul in a value", ("x-value", "a\0b"))
malformed("a space before a value", ("x-value", " a"))
malformed("a colon in a name", ("x:y", "a"))
malformed("a space in a name", ("x y", "a"))
malformed("two lengths", ("content-length", "1"), ("content-length", "1"))
malformed("a length that is none", ("content-length", "one"))


@case("8.1", *resets("PROTOCOL_ERROR"))
def an_empty_path(c):
    c.headers(1, [(":method", "GET"), (":scheme", "http"), (":authority", "localhost"),
                  (":path", "")])


@case("8.1", *resets("PROTOCOL_ERROR"))
def a_pseudo_field_after_the_others(c):
    c.headers(1, [(":method", "GET"), (":scheme", "http"), ("x-one", "1"), (":path", "/"),
                  (":authority", "localhost")])


@case("8.1", *resets("PROTOCOL_ERROR"))
def a_pseudo_field_in_trailers(c):
    c.headers(1, post(c), OPEN)
    c.headers(1, [(":method", "POST")])


@case("8.1", *resets("PROTOCOL_ERROR"))
def less_data_than_content_length(c):
    c.headers(1, post(c, [("content-length", "5")]), OPEN)
    c.data(1, b"four")


@case("8.1", *resets("PROTOCOL_ERROR"))
def more_data_than_content_length(c):
    c.headers(1, post(c, [("content-length", "1")]), OPEN)
    c.data(1, b"fo", 0)
    c.data(1, b"ur")


@case("8.1", *resets("PROTOCOL_ERROR"))
def a_length_and_no_data(c):
    c.headers(1, post(c, [("content-length", "4")]))


# --- RFC 7541 ----------------------------------------------------------------------------------------


def block_of(title, tail):
    def sequence(c):
        c.headers(1, c.block(c.get()) + tail)

    sequence.__name__ = title
    case("9.hpack", *dies("COMPRESSION_ERROR"))(sequence)


block_of("an index out of range", b"\xff\x80\x01")
block_of("a name index out of range", b"\x7f\x80\x01\x01a")
block_of("index 0", b"\x80")
block_of("a size update at the end", b"\x20")
block_of("huffman padding of 8 bits", b"\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff")
block_of("huffman padding of zeroes", b"\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90")
block_of("huffman with an end of string", b"\x00\x85\xf2\xb2\x4a\x84\xff\x87\x49\x51\xff\xff\xff\xfa\x7f")
block_of("a string longer than the block", b"\x00\x7f\xff\xff\xff\x07")


@case("9.hpack", *dies("COMPRESSION_ERROR"))
def a_size_update_above_the_limit(c):
    c.headers(1, b"\x3f\xe2\x1f" + c.block(c.get()))


@case("9.hpack", *OK)
def a_size_update_within_the_limit(c):
    c.headers(1, b"\x20\x3f\xe1\x1f" + c.block(c.get()))


@case("9.hpack", *OK)
def fields_of_the_dynamic_table_and_in_huffman_code(c):
    c.headers(1, b"\x82\x86\x84\x41\x09localhost" + b"\x40\x03x-a\x01b\xbe"
              + b"\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x9f")


@case("9.hpack", *OK)
def fields_of_every_form(c):
    c.headers(1, b"\x82\x86\x84\x41\x09localhost"  # indexed, literal with indexing
              + b"\x00\x03x-a\x01b" + b"\x10\x03x-c\x01d" + b"\x40\x03x-e\x01f")


@test
def http2_starts_as_the_standard_says(box):
    check(box, "3")


@test
def http2_frames_are_held_to_their_sizes(box):
    check(box, "4")


@test
def http2_streams_go_through_their_states(box):
    check(box, "5")


@test
def http2_frames_of_each_kind_are_checked(box):
    check(box, "6")


@test
def http2_messages_are_checked(box):
    check(box, "8")


@test
def http2_head_compression_is_checked(box):
    check(box, "9")
