"""ErrorDocument, virtual hosts, how the server names itself."""

from dsl import Family, Site, fails, get, head, raw, rejects, request

TREE = {
    "index.html": "root\n",
    "a.txt": "a\n",
    "d/a.txt": "a\n",
    "d/b.html": "b\n",
    "d/e/a.txt": "e\n",
    "one/index.html": "one\n",
    "two/index.html": "two\n",
    "three/index.html": "three\n",
    "gone.html": "a page about it\n",
}

HOSTS = """
<VirtualHost 127.0.0.1:@PORT@>
    ServerName one.example
    ServerAlias www.one.example *.one.test one-?.example
    DocumentRoot "@ROOT@/one"
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName two.example
    DocumentRoot "@ROOT@/two"
    Header set X-Host two
</VirtualHost>
<VirtualHost *:1>
    ServerName three.example
    DocumentRoot "@ROOT@/three"
</VirtualHost>
"""

ERROR_DOCUMENT = Family(
    "ErrorDocument",
    [
        Site(
            """
ErrorDocument 404 "It is <b>not</b> here: \\"sorry\\""
ErrorDocument 403 /gone.html
ErrorDocument 405 http://help.example/405
<Location "/no">
Require all denied
</Location>""",
            [
                fails(get("/missing")),
                fails(get("/no/x")),
                request("DELETE /a.txt HTTP/1.1"),
                fails(head("/missing")),
                fails(head("/no")),
            ],
            TREE,
            log='"%r" %s %>s %U',
        ),
        Site(
            'ErrorDocument 404 /also-missing\nErrorDocument 400 "bad"',
            [fails(get("/missing")), fails(raw("a 400", b"GET / HTTP/1.1\r\n\r\n"))],
            TREE,
        ),
        Site(
            """
ErrorDocument 404 /gone.html
<Location "/d">
ErrorDocument 404 default
</Location>""",
            [
                fails(get("/missing", "Range: bytes=0-1", "If-None-Match: *")),
                fails(get("/d/missing")),
            ],
            TREE,
        ),
        Site("", [rejects("a status that is none", "ErrorDocument 99 x")]),
    ],
)

ERROR_DOCUMENT_ENV = Family(
    "ErrorDocument, what the document sees",
    [
        Site(
            """
ErrorDocument 404 /gone.html
Header always set X-Status "%{REDIRECT_STATUS}e"
Header always set X-Url "%{REDIRECT_URL}e"
Header always set X-Query "%{REDIRECT_QUERY_STRING}e"
SetEnv MINE 1
Header always set X-Mine "%{REDIRECT_MINE}e"
""",
            [fails(get("/missing?q=1"))],
            TREE,
        ),
        Site('ErrorDocument 404 "%{REQUEST_URI} was not found"', [fails(get("/missing"))], TREE),
        Site(
            """
ErrorDocument 404 /gone.html
<Files "gone.html">
Header set X-Scope document
</Files>""",
            [fails(request("POST /missing HTTP/1.1", body=b"body"))],
            TREE,
        ),
    ],
)

VHOSTS = Family(
    "name-based virtual hosts",
    [
        Site(
            HOSTS,
            [
                get("/", "Host: two.example"),
                get("/", "Host: TWO.example."),
                get("/", "Host: two.example:8080"),
                get("/", "Host: a.b.one.test"),
                get("/", "Host: one-2.example"),
                get("/", "Host: three.example"),
                get("/", "Host: unknown.example"),
                raw("none, 1.0", b"GET / HTTP/1.0\r\n\r\n"),
                get("http://two.example/", "Host: one.example"),
                fails(get("/missing", "Host: two.example")),
            ],
            TREE,
            log='%v %V "%r" %>s',
        ),
    ],
)

VHOSTS_MORE = Family(
    "virtual hosts by address and inheritance",
    [
        Site(
            """
Listen 127.0.0.2:@PORT@
Header set X-Main main
Header set X-Both main
<VirtualHost 127.0.0.2:@PORT@>
ServerName second
DocumentRoot "@ROOT@/two"
</VirtualHost>""",
            [get("/"), get("/", "Host: second")],
            TREE,
            log="%v",
        ),
        Site(
            """
Header set X-Main main
Header set X-Both main
SetEnv WHERE main
<VirtualHost *:@PORT@>
ServerName v
Header set X-Both vhost
DocumentRoot "@ROOT@/two"
ErrorDocument 404 vhost
</VirtualHost>""",
            [get("/", "Host: v"), fails(get("/missing"))],
            TREE,
            log="%v %{WHERE}e",
        ),
        Site(
            """
<VirtualHost _default_:@PORT@>
ServerName d
DocumentRoot "@ROOT@/three"
</VirtualHost>""",
            [get("/", "Host: anything")],
            TREE,
            log="%v",
        ),
        Site(
            """
StrictHostCheck On
<VirtualHost *:@PORT@>
ServerName strict
DocumentRoot "@ROOT@/one"
</VirtualHost>""",
            [get("/", "Host: strict"), fails(get("/", "Host: other"))],
            TREE,
            log="%v",
        ),
        Site(
            """
<VirtualHost *:@PORT@>
ServerName https://scheme.example:99
UseCanonicalName On
DocumentRoot "@ROOT@"
</VirtualHost>""",
            [get("/one", "Host: x")],
            TREE,
            log="%v %p",
        ),
        Site(
            "",
            [
                rejects("an unclosed host", "<VirtualHost *:80>\nServerName x"),
                rejects(
                    "hosts within hosts",
                    """
<VirtualHost *:80>
<VirtualHost *:81>
</VirtualHost>
</VirtualHost>""",
                ),
            ],
        ),
    ],
)

TOKENS = Family(
    "ServerTokens",
    [
        Site("ServerTokens " + words, [head("/a.txt")], TREE)
        for words in ("Full", "OS", "Minimal", "Minor", "Major", "Prod")
    ]
    + [
        Site(
            "",
            [
                rejects("ServerTokens of one's own", "ServerTokens Secret"),
                rejects(
                    "not in a host",
                    """
<VirtualHost *:80>
ServerTokens Prod
</VirtualHost>""",
                ),
            ],
        )
    ],
)

VARIES = '%h %l %u "%r" %>s ~%b~'  # the pages carry the server's name

SIGNATURE = Family(
    "ServerSignature and ServerAdmin",
    [
        Site(
            "ServerSignature On",
            [fails(get("/missing")), fails(get("/missing", "Host: named.example"))],
            TREE,
            log=VARIES,
        ),
        Site(
            "ServerSignature EMail\nServerAdmin admin@example.org",
            [fails(get("/missing"))],
            TREE,
            log=VARIES,
        ),
        Site(
            """
ServerSignature On
ServerTokens Prod
UseCanonicalName On""",
            [fails(get("/missing", "Host: x"))],
            TREE,
            log=VARIES,
        ),
        Site("", [rejects("a signature of another kind", "ServerSignature Wax")]),
    ],
)

FAMILIES = [ERROR_DOCUMENT, ERROR_DOCUMENT_ENV, VHOSTS, VHOSTS_MORE, TOKENS, SIGNATURE]
