"""CGI programs: what they are told, and what becomes of what they say."""

from dsl import MODULES, TLS, Family, Site, accepts, fails, get, head, over, pieces, rejects, request

WITH_CGI = MODULES + " cgi actions"

ENV = r"""#!/usr/bin/perl
print "Content-Type: text/plain\r\n\r\n";
print "$0 [", join("|", @ARGV), "]\n";
for (sort keys %ENV) {
    my $value = $ENV{$_};
    $value = "a port" if /REMOTE_PORT/ && $value =~ /^\d+$/;
    print "$_=$value\n";
}
"""
ECHO = r"""#!/usr/bin/perl
print "Content-Type: text/plain\n\n$ENV{REQUEST_METHOD} length [$ENV{CONTENT_LENGTH}]\n";
my $all = 0; my $text = "";
while (my $count = sysread(STDIN, my $piece, 65536)) { $all += $count; $text .= $piece if $all < 200; }
print "$all: $text\n";
"""


def says(*lines, before=""):
    """A script that prints these lines."""
    text = "\n".join(lines)
    return "#!/bin/sh\n%s\ncat <<'END'\n%s\nEND\n" % (before, text)


def site(config, exchanges, scripts=None, log='"%r" %>s ~%b~', **options):
    tree = {"cgi/" + name: text for name, text in (scripts or {}).items()}
    tree.update({"a.txt": "a file\n", "cgi/env": ENV, "cgi/echo": ECHO})
    return Site(
        'ScriptAlias /cgi/ "@ROOT@/cgi/"\n' + config, exchanges, tree, log=log,
        modules=options.pop("modules", WITH_CGI), programs=True, **options,
    )


HEADS = {
    "plain": says("Content-Type: text/plain", "", "hello"),
    "status": says("Status: 404 Not Here", "Content-Type: text/plain", "", "nothing"),
    "bare-status": says("Status: 403", "Content-Type: text/plain", "", "nothing"),
    "fields": says("Content-Type: Text/HTML; Charset=X", "X-A: 1", "X-A: 2", "Set-Cookie: a=1", "Set-Cookie: b=2",
                   "Cache-Control:   no-store  ", "", "hello"),
    "length": says("Content-Type: text/plain", "Content-Length: 3", "", "hello"),
    "no-type": says("X-A: 1", "", "hello"),
    "empty": says("Content-Type: text/plain", ""),
    "bad": says("Content-Type: text/plain", "this is no field", "", "hello", before="echo first >&2"),
    "early": says("Content-Type: text/plain"),
    "silent": "#!/bin/sh\necho why >&2\n",
    "no-content": says("Status: 204 Nothing", ""),
    "strange-status": says("Status: abc", "Content-Type: text/plain", "", "hello"),
    "huge-status": says("Status: 1000 Big", "Content-Type: text/plain", "", "hello"),
    "error-status": says("Status: 500 Oops", "Content-Type: text/plain", "", "my own page"),
    "old": says("Last-Modified: Tue, 02 Jan 2024 15:04:05 GMT", 'ETag: "one"', "Content-Type: text/plain", "", "hello"),
    "future": says("Last-Modified: Tue, 02 Jan 2094 15:04:05 GMT", "Content-Type: text/plain", "", "hello"),
    "stderr": says("Content-Type: text/plain", "", "hello", before="printf 'one\\ntwo\\r\\nthree' >&2"),
    "chunked": says("Content-Type: text/plain", "Transfer-Encoding: chunked", "", "hello"),
    "wrong-date": says("Last-Modified: yesterday", "Content-Type: text/plain", "", "hello"),
}
PLACES = {
    "local": says("Location: /a.txt", "X-A: kept", ""),
    "local-env": says("Location: /cgi/env/more?x=1", "", "dropped"),
    "remote": says("Location: http://example.org/x", "X-A: kept", "Content-Type: text/plain", "", "dropped"),
    "own-page": says("Status: 302 Elsewhere", "Location: http://example.org/x", "Content-Type: text/plain", "", "my page"),
    "local-status": says("Status: 301 Gone", "Location: /a.txt", "Content-Type: text/plain", "", "my page"),
    "missing": says("Location: /none.txt", ""),
    "loop": says("Location: /cgi/loop", ""),
    "nph-own": says("HTTP/1.1 299 Mine", "Content-Type: text/plain", "X-Nph: yes", "", "hello"),
    "nph-odd": says("something else altogether"),
}

FAMILIES = [
    Family("CGI, what a program is told", [
        site("SetEnv MINE yes\nSetEnv 1odd-name x\nServerSignature On\nServerAdmin a@b.c", [
            get("/cgi/env"),
            get("/cgi/env/path%20info/more?query=1&b=%20", "X-Field: 1", "X_Under: 2", "Accept-Language: de",
                "Proxy: evil", "Authorization: Basic eDp5"),
            get("/cgi/env?one+two%20words+%26%3bthree"),
            get("/cgi/env?one+two%zz"),
            get("http://localhost/cgi/env"),
            request("GET /cgi/env HTTP/1.0"),
            request("PUT /cgi/env HTTP/1.1", "Content-Type: text/x", body=b"abc"),
            request("OPTIONS /cgi/env HTTP/1.1"),
            fails(get("/cgi/none")),
        ]),
    ]),
    Family("CGI, directives for programs", [
        site('<Location "/cgi">\nCGIPassAuth On\nCGIVar REQUEST_URI current-uri\n</Location>', [
            get("/cgi/env/a?b", "Authorization: Basic eDp5"),
        ]),
        site("ErrorDocument 404 /cgi/env\nQualifyRedirectURL On\nAlias /x @ROOT@", [
            get("/none.txt?what"),
        ]),
        site("RLimitCPU 5 7\nRLimitMEM 900000000\nRLimitNPROC 4000 5000", [get("/cgi/limits")], {
            "limits": "#!/bin/bash\necho Content-Type: text/plain\necho\n"
                      "for l in t v d u; do echo $l $(ulimit -S -$l) $(ulimit -H -$l); done\n",
        }),
        site("", [fails(get("/cgi/none"))], errors="info"),
    ]),
    Family("CGI, the head it says", [
        site("", [get("/cgi/" + name) for name in
                  ("plain", "status", "bare-status", "fields", "length", "no-type", "empty", "no-content")], HEADS),
        site("", [fails(get("/cgi/bad"))], HEADS),
    ]),
    Family("CGI, heads that are wrong", [
        site("SetEnv ap_trust_cgilike_cl 1", [fails(get("/cgi/bad"))], HEADS, errors="info"),
        site("", [fails(get("/cgi/" + name)) for name in ("early", "silent", "error-status")] + [get("/cgi/stderr")],
             HEADS, errors="info"),
        site("", [get("/cgi/" + name) for name in ("chunked", "wrong-date")], HEADS),
        # Apache logs the number it refused to send.
        site("", [get("/cgi/" + name) for name in ("strange-status", "huge-status")], HEADS, log='"%r" %b'),
    ]),
    Family("CGI, conditions and methods", [
        site("", [
            get("/cgi/old"),
            get("/cgi/future"),
            get("/cgi/old", 'If-None-Match: "one"'),
            get("/cgi/old", "If-Modified-Since: Tue, 02 Jan 2024 15:04:05 GMT"),
            fails(get("/cgi/old", 'If-Match: "two"')),
            get("/cgi/status", 'If-None-Match: "one"'),
            head("/cgi/plain"),
            head("/cgi/empty"),
        ], HEADS),
    ]),
    Family("CGI, Location and nph", [
        site("", [
            get("/cgi/local"),
            request("POST /cgi/local HTTP/1.1", body=b"abc"),
            get("/cgi/local-env"),
            get("/cgi/remote"),
            get("/cgi/own-page"),
            get("/cgi/local-status"),
            fails(get("/cgi/missing")),
            fails(get("/cgi/loop")),
        ], PLACES),
        site("", [get("/cgi/nph-own"), get("/cgi/nph-odd")], PLACES),
    ]),
    Family("CGI, request bodies", [
        site("", [
            request("POST /cgi/echo HTTP/1.1", "Content-Type: text/x", body=b"a=1&b=2"),
            request("POST /cgi/echo HTTP/1.1", "Transfer-Encoding: chunked", body=b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
            request("POST /cgi/echo HTTP/1.1", body=b"x" * 300000),
            request("POST /cgi/plain HTTP/1.1", body=b"x" * 300000, close=False),
            request("POST /cgi/echo HTTP/1.1", "Expect: 100-continue", body=b"abc"),
            pieces("in pieces", b"POST /cgi/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n"
                   b"Connection: close\r\n\r\n", b"abc", b"def", answers=("POST",)),
            fails(request("POST /cgi/echo HTTP/1.1", "Transfer-Encoding: chunked", body=b"zz\r\n")),
        ], HEADS),
        site("LimitRequestBody 10", [fails(request("POST /cgi/echo HTTP/1.1", body=b"x" * 11)),
                                     request("POST /cgi/echo HTTP/1.1", body=b"x" * 10)]),
    ]),
    Family("CGI, where programs may run", [
        site("AddHandler cgi-script .cgi\n<Directory \"@ROOT@/on\">\nOptions +ExecCGI\n</Directory>\n"
             "<Directory \"@ROOT@/cgi\">\nAcceptPathInfo Off\n</Directory>\n", [
                 get("/on/../cgi/plain"),
                 fails(get("/cgi/plain/info")),
                 fails(get("/cgi/")),
             ], HEADS, errors="info"),
    ]),
    Family("CGI, by handler and type", [
        Site("AddHandler cgi-script .cgi\n<Directory \"@ROOT@/on\">\nOptions +ExecCGI\n</Directory>\n"
             "DirectoryIndex index.cgi\nAction mine /on/a.cgi\nAddHandler mine .mine\nErrorDocument 404 /on/a.cgi\n"
             "ScriptAliasMatch ^/match/(.*) @ROOT@/off/$1\nAddType application/x-httpd-cgi .old\n", [
                 fails(get("/off/a.cgi")),
                 get("/on/a.cgi"),
                 get("/on/"),
                 get("/x.mine"),
                 get("/none"),
                 get("/match/a.cgi"),
                 get("/on/a.old"),
             ], {"on/a.cgi": HEADS["plain"], "off/a.cgi": HEADS["plain"], "on/index.cgi": HEADS["status"],
                 "x.mine": "x", "on/a.old": HEADS["fields"]}, modules=WITH_CGI, programs=True, errors="info"),
    ]),
    Family("CGI, time and logs", [
        site("Timeout 1\nScriptLog @ROOT@/none/script.log", [
            get("/cgi/pauses"),
            fails(get("/cgi/unexecutable")),
        ], {"unexecutable": "#!/bin/sh\n",
            "pauses": "#!/bin/sh\necho Content-Type: text/plain\necho\necho begin\nsleep 0.5\necho end\n"}),
        Site("", [
            accepts("all directives", "ScriptLog logs/x\nScriptLogLength 100\nScriptLogBuffer 5\nCGIScriptTimeout 5s"),
            rejects("a bad time", "CGIScriptTimeout 5x"),
            rejects("not in a directory", '<Directory "/x">\nScriptLog x\n</Directory>'),
        ], modules=WITH_CGI),
    ]),
    Family("CGI over TLS", [
        Site('ScriptAlias /cgi/ "@ROOT@/cgi/"\n<Location "/cgi/std">\nSSLOptions +StdEnvVars\n</Location>\n'
             '<Location "/cgi/all">\nSSLOptions +StdEnvVars +ExportCertData\n</Location>\n'
             '<Location "/cgi/old">\nSSLOptions +StdEnvVars +LegacyDNStringFormat\n</Location>\n', [
                 over(get("/cgi/env"), version="1.3"),
                 over(get("/cgi/std"), version="1.2"),
                 over(get("/cgi/std"), version="1.3"),
                 over(get("/cgi/all"), version="1.3"),
                 over(get("/cgi/old"), version="1.3"),
                 fails(get("/cgi/none")),
             ], {"cgi/" + name: ENV.replace('"a port" if', '"hidden" if /SESSION_ID$|SSL_VERSION_LIBRARY/; $value = "a port" if')
                 for name in ("env", "std", "all", "old")},
             modules=WITH_CGI, programs=True, tls=True, log='%{SSL_SERVER_S_DN}x %{SSL_SERVER_SAN_DNS_0}x %{version}c %>s'),
    ]),
    Family("CGI over TLS, client certificates", [
        Site('SSLCACertificateFile "@PKI@/ca.pem"\nSSLVerifyClient optional\nSSLVerifyDepth 3\nScriptAlias /cgi/ "@ROOT@/cgi/"\n'
             '<Location "/cgi/all">\nSSLOptions +StdEnvVars +ExportCertData\n</Location>\n'
             '<Location "/cgi/old">\nSSLOptions +StdEnvVars +LegacyDNStringFormat\n</Location>\n', [
                 over(get("/cgi/" + name), version=version, certificate=client)
                 for name, version, client in (("all", "1.2", "good"), ("all", "1.3", "utf8"), ("all", "1.2", "deep"),
                                               ("old", "1.2", "utf8"),
                                               ("old", "1.3", "good"))
             ] + [fails(over(get("/cgi/all"), version="1.3", certificate="other"))], {"cgi/" + name: ENV.replace('"a port" if', '"hidden" if /SESSION_ID$|SSL_VERSION_LIBRARY/; $value = length $value if /_CERT(_CHAIN|$)/; $value = "a port" if')
                 for name in ("all", "old")}, modules=WITH_CGI, programs=True, tls=True, log="%{SSL_CLIENT_S_DN}x %>s"),
    ]),
]
