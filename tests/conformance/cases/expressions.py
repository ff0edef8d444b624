"""The expression language, many expressions in one answer: each writes a header field of its own."""

from dsl import MODULES, Family, Site, accepts, fails, get, head, raw, rejects, request

TREE = {
    "a.txt": "a\n",
    "empty.txt": "",
    "secret/s.txt": "s\n",
    "sub/b.txt": "b\n",
    "sub/.htaccess": "Header set X-Sub yes \"expr=%{REQUEST_URI} -strmatch '*.txt'\"\n",
    "moved/index.html": "moved\n",
}


def texts(*expressions):
    """What each text expression gives."""
    return "\n".join('Header always set X-%d "expr=[%s]"' % (n, e) for n, e in enumerate(expressions))


def conditions(*expressions):
    """Which of the conditions hold."""
    return "\n".join('Header always set X-%d yes "expr=%s"' % (n, e) for n, e in enumerate(expressions))


def environment(*expressions):
    return "\n".join('SetEnvIfExpr "%s" HELD_%d=$0|$1' % (e, n) for n, e in enumerate(expressions)) + "\n".join(
        "\nHeader always set X-%d %%{HELD_%d}e" % (n, n) for n in range(len(expressions))
    )


VARIABLES = """HTTP_ACCEPT HTTP_COOKIE HTTP_FORWARDED HTTP_HOST HTTP_PROXY_CONNECTION HTTP_REFERER HTTP_USER_AGENT
REQUEST_METHOD REQUEST_SCHEME REQUEST_URI DOCUMENT_URI REQUEST_FILENAME SCRIPT_FILENAME LAST_MODIFIED SCRIPT_USER SCRIPT_GROUP
PATH_INFO QUERY_STRING IS_SUBREQ THE_REQUEST REMOTE_ADDR REMOTE_HOST REMOTE_USER REMOTE_IDENT SERVER_NAME SERVER_PORT SERVER_ADMIN
SERVER_PROTOCOL DOCUMENT_ROOT AUTH_TYPE CONTENT_TYPE HANDLER HTTP2 HTTPS IPV6 REQUEST_STATUS REQUEST_LOG_ID CONN_LOG_ID CONN_REMOTE_ADDR
CONTEXT_PREFIX CONTEXT_DOCUMENT_ROOT API_VERSION""".split()

ALL = texts(*("%%{%s}" % v for v in VARIABLES)) + '\nServerAdmin me@example.org\nAlias "/alias" "@ROOT@/sub"'

VARIABLE_VALUES = Family(
    "expressions: variables",
    [
        Site(
            ALL,
            [
                get("/a.txt?q=1&r", "Accept: text/*", "Cookie: a=b", "Referer: http://x/", "User-Agent: me", "Forwarded: for=1"),
                get("/sub/b.txt/more"),
                get("/alias/b.txt"),
                head("/a.txt"),
                get("/moved/"),
                fails(request("PUT /a.txt HTTP/1.1", body=b"x")),
                raw("HTTP/1.0", b"GET /a.txt HTTP/1.0\r\n\r\n"),
                get("http://other.example:81/a.txt"),
                get("/a.txt", "Range: bytes=0-0"),
            ],
            TREE,
        ),
        Site(texts("%{REQUEST_STATUS}", "%{LAST_MODIFIED}", "%{HANDLER}", "%{CONTENT_TYPE}", "%{REQUEST_FILENAME}"), [fails(get("/missing"))], TREE),
    ],
)

FUNCTIONS = [
    "%{req:X-In}", "%{http:x-in}", "%{req_novary:X-In}", "%{resp:X-Out}", "%{reqenv:SEEN}", "%{env:SEEN}", "%{osenv:PATH_OF_NONE}",
    "%{note:none}", "%{tolower:AbÄ}", "%{toupper:abß}", "%{escape:a b/ü?&%:;=+~}", "%{unescape:a%20b%2fc%41}", "%{unescape:a%00b}", "%{unescape:a%zz}",
    "%{base64:hello}", "%{unbase64:aGVsbG8=}", "%{unbase64:aGVs bG8=}", "%{md5:hello}", "%{sha1:hello}", "%{base64:%{file:@ROOT@/a.txt}}",
    "%{filesize:@ROOT@/a.txt}", "%{filesize:@ROOT@}", "%{filesize:@ROOT@/none}", "%{ldap:a*(b)\\\\c}", "%{TOLOWER:%{req:X-In}}",
    "%{base64:%{tolower:%{req:X-In}}}-%{REQUEST_METHOD}", "a\\tb\\\\c\\101", "$0$1", "plain", "", "50%", "a$b", "%%{HTTPS}",
    "%{escape:%{unescape:%2541}}", "%{sha1:%{REQUEST_URI}}", "%{base64:\\001}",
]  # fmt: skip

STRING_FUNCTIONS = Family(
    "expressions: functions",
    [
        Site(
            "SetEnvIf Request_URI . SEEN=seen\nHeader set X-Out out\n" + texts(*FUNCTIONS),
            [get("/a.txt", "X-In: MiXed"), get("/sub/b.txt"), fails(get("/missing", "X-In: 1", "X-In: 2"))],
            TREE,
        ),
        Site(
            "",
            [
                rejects("an unknown function", 'Header set X "expr=%{frob:x}"'),
                rejects("an unknown variable", 'Header set X "expr=%{FROB}"'),
                rejects("a variable without end", 'Header set X "expr=%{HTTPS"'),
                rejects("a function without argument", 'Header set X "expr=%{md5}"'),
                rejects("an empty name", 'Header set X "expr=%{}"'),
                rejects("an empty argument", 'Header set X "expr=%{md5:}"'),
            ],
        ),
    ],
)

HOLD = [
    "'a' == 'a'", "'a' = 'b'", "'a' != 'b'", "'b' > 'a'", "'b' >= 'c'", "'10' < '9'", "'10' -lt '9'", "10 lt 9", "9 -eq 09", "'x' -eq 0", "1 -ne 2",
    "2 ge 2", "3 -le 2", "5 gt 4", "' 7' -eq 7", "'7up' -eq 7", "-5 -lt 3", "true && false", "true || false && false", "!false", "!(true && true)",
    "! 'a' == 'b'", "'a' in { 'b', 'a' }", "'a' in {'b','c'}", "!('a' in {'b'})", "%{REQUEST_METHOD} in {'GET','HEAD'}", "'abc' =~ /b/", "'abc' !~ /b/",
    "'abc' =~ m#^A#i", "'a/b' =~ m|a/b|", "'abc' =~ /^(.)(.)/ && $2 == 'b'", "'ABC' =~ /abc/i", "'x' -strmatch '?'", "'a/b' -strmatch 'a*b'",
    "'a/b' -fnmatch 'a*b'", "'a/b' -fnmatch 'a/?'", "'AB' -strcmatch 'a[a-c]'", "'AB' -strmatch 'ab'", "%{REMOTE_ADDR} -ipmatch '127.0.0.0/8'",
    "'10.1.2.3' -ipmatch '10.1'", "'::1' -ipmatch '::1'", "-R '127.0.0.1'", "-R '10.0.0.0/8'", "-n ''", "-n 'x'", "-z ''", "-T 'off'", "-T 'Yes'",
    "-T ''", "-T '0'", "-T 'no'", "-T 'FALSE'", "-d '@ROOT@'", "-d '@ROOT@/a.txt'", "-f '@ROOT@/a.txt'", "-f '@ROOT@'", "-e '@ROOT@/none'",
    "-s '@ROOT@/a.txt'", "-s '@ROOT@/empty.txt'", "-L '@ROOT@/a.txt'", "-h '@ROOT@'", "'a' . 'b' == 'ab'", "tolower('A') == 'a'", "md5('x') . '' -eq 0",
    "req('X-In') == 'v'", "file('@ROOT@/a.txt') == 'a\n'".replace("\n", "\\\\n"), "filesize('@ROOT@/a.txt') -eq 2", "%{TIME_YEAR} -gt 2000",
    "%{TIME} =~ /^20\\d{12}$/", "%{TIME_WDAY} -lt 7", "%{TIME_MON} . %{TIME_DAY} . %{TIME_HOUR} . %{TIME_MIN} . %{TIME_SEC} =~ /^\\d{10}$/",
    "%{SERVER_SOFTWARE} != ''", "true", "false", "(true)", "((false) || (true))", "%{HTTPS} == 'off' && -z %{QUERY_STRING}", "'a' lt 'b'", "'' == ''",
    "'%{REQUEST_METHOD}' == 'GET'", "'it\\'s' == \\\"it's\\\"", "'$1' == ''", "%{CONTENT_TYPE} == 'text/plain'",
]  # fmt: skip

CONDITIONS = Family(
    "expressions: operators",
    [
        Site(
            conditions(*HOLD),
            [get("/a.txt", "X-In: v"), get("/a.txt?x"), head("/a.txt"), fails(get("/missing", "X-In: w"))],
            TREE,
        ),
        Site(
            environment(
                "%{REQUEST_URI} =~ m#^/([a-z]+)#", "%{REQUEST_URI} =~ /^.(a).*/ && true", "%{REQUEST_URI} =~ /x/ && %{REQUEST_URI} =~ /(t)xt/",
                "%{REQUEST_URI} =~ /(b)/ || %{REQUEST_URI} =~ /^(.)/",
            ),
            [get("/a.txt"), get("/sub/b.txt")],
            TREE,
        ),
        Site(
            conditions("-U '/a.txt'", "-U '/none'", "-U '/secret/s.txt'", "-A '/moved'", "-F '@ROOT@/a.txt'", "-F '@ROOT@/secret/s.txt'", "-F 'a.txt'",
                       "-F 'sub/b.txt'", "-F '@ROOT@/none'", "-F '/a.txt'", "-U 'a.txt'", "-F '@ROOT@'", "-U '/moved/'", "-U '/sub/b.txt?q'")
            + '\n<Directory "@ROOT@/secret">\nRequire all denied\n</Directory>',
            [get("/a.txt"), get("/sub/b.txt"), fails(get("/secret/s.txt"))],
            TREE,
        ),
    ],
)  # fmt: skip

NESTED = """
<If "%{REQUEST_URI} =~ m#^/sub/(.)#">
    Header set X-If "sub"
    <If "-n %{QUERY_STRING}">
        Header append X-If "query"
        <If "%{QUERY_STRING} == 'deep'">
            Header append X-If "deep"
        </If>
    </If>
    <ElseIf "%{req:X-In} == 'v'">
        Header append X-If "header"
    </ElseIf>
    <Else>
        Header append X-If "nothing"
    </Else>
</If>
<ElseIf "-f %{REQUEST_FILENAME} && %{REQUEST_METHOD} -strmatch 'G*'">
    Header set X-If "file"
</ElseIf>
<Else>
    Header set X-If "else"
    ErrorDocument 404 "missing %{REQUEST_URI} for %{REMOTE_ADDR}"
</Else>
<Location "/go">
    Redirect 303 "https://%{SERVER_NAME}/%{escape:%{QUERY_STRING}}"
</Location>
<LocationMatch "^/to/(?<rest>.*)">
    Alias "@ROOT@/%{env:MATCH_REST}"
</LocationMatch>
<Location "/maybe">
    Require expr "%{req:X-In} == 'v' || -R '10.0.0.0/8'"
</Location>
CustomLog "@RUN@/extra.log" "%U" "expr=%{REQUEST_STATUS} -ge 400"
"""

PLACES = Family(
    "expressions: where they stand",
    [
        Site(
            NESTED,
            [
                get("/sub/b.txt"), get("/sub/b.txt?deep"), get("/sub/b.txt?other"), get("/sub/b.txt", "X-In: v"), get("/a.txt"), fails(get("/none")),
                get("/go?a b%20c"), get("/to/sub/b.txt"), fails(get("/maybe/x")), get("/maybe/../a.txt", "X-In: v"),
            ],
            TREE,
        )
    ],
)  # fmt: skip

INVALID = Family(
    "expressions: mistakes",
    [
        Site(
            "",
            [
                rejects("an operator that does not exist", "<If \"'a' -frob 'b'\">\n</If>"),
                rejects("a unary operator that does not exist", "<If \"-q 'a'\">\n</If>"),
                rejects("half a comparison", "<If \"'a' ==\">\n</If>"),
                rejects("an open parenthesis", "<If \"('a' == 'a'\">\n</If>"),
                rejects("an invalid pattern", "<If \"'a' =~ /(/\">\n</If>"),
                rejects("a word alone", "<If \"'a'\">\n</If>"),
                rejects("an unterminated text", "<If \"'a\">\n</If>"),
                rejects("a network that is none", "<If \"-R 'x'\">\n</If>"),
                rejects("Require", "<Location />\nRequire expr %{NONE} == 'a'\n</Location>"),
                rejects("a header's condition", "Header set X y \"expr='a' = = 'a'\""),
            ],
        )
    ],
)
MORE_INVALID = Family(
    "expressions: more mistakes",
    [
        Site(
            "",
            [
                rejects("ErrorDocument", 'ErrorDocument 404 "%{frob:x}"'),
                rejects("SetEnvIfExpr", "SetEnvIfExpr \"%{HTTPS} = \" A=1"),
                rejects("CustomLog", "CustomLog \"@RUN@/x.log\" common \"expr=%{HTTPS} ==\""),
                rejects("Redirect in a location", "<Location /x>\nRedirect \"/%{frob}\"\n</Location>"),
                rejects("Alias in a location", "<Location /x>\nAlias \"/%{frob}\"\n</Location>"),
                rejects("SetHandler", "SetHandler \"expr=%{frob:x}\""),
                rejects("an unknown list", "<If \"'a' in Frob('b')\">\n</If>"),
                rejects("a list without end", "<If \"'a' in {'b'\">\n</If>"),
                rejects("a network that is not constant", "<If \"'1.2.3.4' -ipmatch %{REMOTE_ADDR}\">\n</If>"),
                accepts("a list of everything", "<If \"'a' in { %{HTTPS}, tolower('A'), $1, 'b' . 'c' } && !(-n '' || -T 'on')\">\n</If>"),
            ],
        )
    ],
)

FAMILIES = [VARIABLE_VALUES, STRING_FUNCTIONS, CONDITIONS, PLACES, INVALID, MORE_INVALID]
