"""Turns an exchange into text that can be compared. Every normalisation is here and in README.md."""

import calendar
import difflib
import hashlib
import re
import time

PRODUCT = re.compile(r"\b(?:Apache|signet)((?:/\d+)?(?:\.\d+)*)((?: \([A-Za-z0-9 /]+\))?)(?: OpenSSL/[0-9.a-z]+)?")
CLOCK = re.compile(r"\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]")
BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=?-]+)"?')
TAG = re.compile(r"(H2_STREAM_TAG=)\d+-\d+-(\d+)\b")  # process, connection, stream
LOAD = re.compile(r"\bl=\d+\.\d\d/\d+\.\d\d/\d+\.\d\d$")  # %l of mod_headers
LONG = 4096


def product(text):
    """Apache/2.4.71 (Debian) and signet/0.1.0 (Linux) alike: <product>/n.n.n (os), as many parts as there are; OpenSSL, always in signet, goes."""
    return PRODUCT.sub(
        lambda m: "<product>" + re.sub(r"\d+", "n", m.group(1)) + (" (os)" if m.group(2) else ""),
        text,
    )


def seconds_of(value):
    try:
        return calendar.timegm(time.strptime(value, "%a, %d %b %Y %H:%M:%S GMT"))
    except ValueError:
        return None


def date(value):
    seconds = seconds_of(value)
    return "<now>" if seconds is not None and abs(seconds - time.time()) < 10 else value


class Normaliser:
    """Knows what differs between two runs by construction: port, folders."""

    def __init__(self, port, run, tree):
        self.port, self.run, self.tree = str(port), run, tree

    def places(self, text):
        text = text.replace(self.run, "<run>").replace(self.tree, "<tree>")
        # A number of its own: port 20120 also begins the API version 20120211.
        return re.sub(r"(?<!\d)%s(?!\d)" % self.port, "<port>", text)

    def header(self, name, value):
        if name.lower() == "date":
            return date(value)
        if name.lower() == "allow":  # Apache's order changes with every start
            return ",".join(sorted(value.split(",")))
        if name.lower() == "www-authenticate" and value.startswith("Digest "):
            value = re.sub(r'(nonce|opaque)="[^"]*"', r'\1="<random>"', value)
        return product(self.places(LOAD.sub("l=<load>", value)))

    def log(self, line):
        line = CLOCK.sub("[<clock>]", line)
        # Apache's boundary of a multipart answer is 13 to 16 characters long, and counts.
        line = re.sub(r'" 206 \d+$', '" 206 <bytes>', line)
        return self.places(re.sub(r"~[0-9A-Za-z@_+/:.-]+~", "~<varies>~", line))


def without_size(line):
    """The size of an answer that never left is each server's own."""
    return re.sub(r'(" \d{3}) (?:\d+|-)', r"\1 <unsent>", line)


def body_text(body, rules, boundary):
    text = body.decode("latin-1")
    if boundary:
        text = text.replace(boundary, "<boundary>")
    text = TAG.sub(r"\1<process>-<connection>-\2", product(rules.places(text)))
    if len(text) > LONG:
        return "(%d bytes, sha256 %s)" % (
            len(text),
            hashlib.sha256(text.encode("latin-1")).hexdigest(),
        ), len(text)
    return text, len(text)


FAR = 10 * 365 * 86400  # seconds


def expiry(value, answer):
    """The distance from Date, when it is a round one: the two answers may be a second apart.

    A modification is as far from Date as chance has it, round or not; cases that count from one name 20 years.
    """
    sent = [seconds_of(v) for n, v in answer.headers if n.lower() == "date"]
    ends = seconds_of(value)
    if not sent or sent[0] is None or ends is None or ends < sent[0]:
        return value
    distance = ends - sent[0]
    whole = round(distance / 10) * 10
    return "<Date + %d s>" % whole if distance < FAR and abs(distance - whole) <= 1 else value


def answer_text(answer, rules, ordered, free_framing):
    boundary = None
    for name, value in answer.headers:
        found = BOUNDARY.search(value) if name.lower() == "content-type" else None
        boundary = found.group(1) if found else boundary
    text, length = body_text(answer.body, rules, boundary)
    lines = []
    for name, value in answer.headers:
        told = (name.lower(), value)
        if free_framing and told in (
            ("transfer-encoding", "chunked"),
            ("content-length", str(len(answer.body))),
        ) or (free_framing and told[0] == "content-length" and not answer.body):
            continue
        value = rules.header(name, expiry(value, answer) if name.lower() == "expires" else value)
        if boundary:
            value = value.replace(boundary, "<boundary>")
        # Only a body whose length a normalisation changed, and only when the header told the truth.
        if (
            name.lower() == "content-length"
            and length != len(answer.body)
            and value == str(len(answer.body))
        ):
            value = "<length of the body>"
        # The same for HEAD, where no body is there to compare with.
        if name.lower() == "content-length" and boundary and not answer.body:
            value = "<length with boundaries>"
        lines.append("%s: %s" % (name, value))
    if not ordered:
        lines.sort(
            key=lambda line: line.split(":")[0].lower()
        )  # stable: repeated fields keep their order
    whole = [] if answer.whole else ["(cut short)"]
    return [product(answer.line)] + lines + ["", text] + whole


def of_exchange(answers, end, log, rules, ordered, tls=(), free_framing=False):
    lines = ["-- " + line for line in tls]
    for answer in answers:
        lines += answer_text(answer, rules, ordered, free_framing)
    return lines + ["-- connection " + end] + ["-- log " + rules.log(line) for line in log]


# Processes, threads, times, and where in its source a server speaks.
ERROR_HEAD = re.compile(
    r"^\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d\.\d{6} \d{4}\] (\[[a-z0-9_]+:[a-z0-9]+\]) \[pid \d+:tid \d+\] "
    r"((?:[a-z0-9_]+\.c(?:pp)?\(\d+\): )?)(.*)$", re.S
)
# What only an implementation with Apache's processes and filters can say.
INTERNAL = re.compile(r"^\[(?:mpm_event|watchdog):|^\[core:trace[4-8]\] .*(?:writev_nonblocking|mpm child)")

# What signet adds: a line with cause and fix after Apache's.
OURS = re.compile(r"^\[ssl:[a-z]+\] .*; cause: .*; fix: ", re.S)


def of_errors(lines, rules):
    """Error log lines with a known head; any other line stays as it is."""
    told = []
    for line in lines:
        head = ERROR_HEAD.match(line)
        if head:
            head = ERROR_HEAD.match(re.sub(r"(\[client [^\]]*\] )SG\d{4}: ", r"\1", line, 1))
            source = "<source> " if head.group(2) else ""
            line = "%s %s%s" % (head.group(1), source, head.group(3))
        line = re.sub(r"127\.0\.0\.1:(\d{4,5})\b", lambda m: m.group(0) if m.group(1) == rules.port else "127.0.0.1:<client>", line)
        if INTERNAL.match(line) or OURS.match(line):
            continue
        line = re.sub(r"(  Date: ).*", r"\1<now>", line)
        line = re.sub(r"\b(received for|to|from) child \d+\b", r"\1 child <n>", line)
        told.append("-- error " + product(rules.places(re.sub(r"~[0-9A-Za-z@_+/:. -]+~", "~<varies>~", line)))[:400])
    return told


# "X takes one argument, HELP": the help is each server's own.
HELP = re.compile(
    r"^((?:.*: )?\S+ (?:takes (?:one|two|three|1-2|one or three|two or three|one, two or three) arguments?"
    r"|requires at least (?:one|two) arguments?)), .*"
)
ERROR = re.compile(r"^(AH\d{5}: |\S+: (Syntax error|Could not open))")


def of_verdict(code, output, program, path, rules):
    """The exit code, and the first error with the line of explanation that Apache prints under it."""
    lines = output.replace(path, "<config>").splitlines()
    first = next((i for i, line in enumerate(lines) if ERROR.match(line)), None)
    told = ["(no error line)"]
    if code == 0:
        told = ["Syntax OK"] if "Syntax OK" in lines else ["(no 'Syntax OK')"]
    elif first is not None:
        told = lines[first : first + (2 if lines[first].endswith(":") else 1)]
    name = program.rsplit("/", 1)[-1]
    return ["-- exit %d" % code] + [
        rules.places(HELP.sub(r"\1, <help>", re.sub(r"^(AH\d{5}: )?%s: " % re.escape(name), r"\1<program>: ", t)))
        for t in told
    ]


# Apache prints locks in the order of a hash table, and names in the order of their definition.
UNORDERED = ("Mutex ", "Define: ")


def of_dump(text, path, rules):
    """What -S, -M or -t -D DUMP_... printed."""
    lines = ["-- exit 0"]
    for line in text.replace(path, "<config>").splitlines():
        if line.endswith("_module (static)"):
            continue  # what is compiled in is each server's own
        lines.append(rules.places(line))
    for start in UNORDERED:
        at = [i for i, line in enumerate(lines) if line.startswith(start)]
        for i, line in zip(at, sorted(lines[i] for i in at)):
            lines[i] = line
    return lines


def difference(apache, candidate):
    return "\n".join(
        difflib.unified_diff(apache, candidate, "apache", "candidate", lineterm="", n=2)
    )
