"""mod_proxy and its parts, in front of the backend of backend.py."""

from dsl import MODULES, Family, Site, accepts, fails, get, head, raw, rejects, request

HTTP = MODULES + " proxy proxy_http"
B = "http://127.0.0.1:@HTTP@"
TREE = {"a.txt": "a\n", "index.html": "<p>root</p>\n", "in/a.txt": "in\n", "gone.html": "<p>gone</p>\n"}


def site(config, exchanges, tree=TREE, modules=HTTP, **options):
    return Site(config.replace("@B@", B), exchanges, tree, modules=modules, beside=("http", "fcgi", "scgi"), **options)


PATHS = Family(
    "ProxyPass, paths",
    [
        site(
            """ProxyPass /b/not !
ProxyPass /b/ @B@/
ProxyPass /whole @B@/echo
<Location /loc>
ProxyPass @B@/echo/loc
</Location>
""",
            [
                get("/b/echo/x%20y;z=1,@:+!$'()*~-_.?a=b&c=%20"),
                get("/b/echo/%e4%25%22%3c"),
                get("/whole"),
                get("/whole/x"),
                fails(get("/wholex")),
                get("/loc/a?q"),
                fails(get("/b/not/there")),
                fails(get("/b/nothing")),
                get("/a.txt"),
            ],
        )
    ],
)

NOCANON = Family(
    "ProxyPass nocanon, ProxyPassMatch",
    [
        site(
            """AllowEncodedSlashes NoDecode
ProxyPass /n/ @B@/ nocanon
ProxyPassMatch ^/m/([^/]*)/(.*)$ @B@/echo/$2/$1
ProxyPassMatch \\.gif$ @B@/echo
ProxyPassMatch ^/no/ !
<LocationMatch ^/lm/(.*)>
ProxyPassMatch @B@/echo/$1
</LocationMatch>
ProxyPass /no/ @B@/echo/
""",
            [
                get("/n/echo/x%2Fy%20%41?a=%2f"),
                get("/n/echo/%2e%2e/echo/b"),
                fails(get("/n/%2e%2e/a/b")),
                get("/m/one/two%20three?q=1"),
                get("/pic.gif"),
                fails(get("/no/a")),
                get("/lm/zz"),
            ],
        ),
        site("ProxyPass /v/ @B@/echo/ noquery\n", [get("/v/a?b=c")]),
    ],
)

FIELDS = Family(
    "Proxy, request fields",
    [
        site(
            "ProxyPass /b/ @B@/\n",
            [
                get("/b/echo", "X-Foo: bar", "Connection: X-Foo, close", "TE: trailers", "X-Stay: 1", "Keep-Alive: 3"),
                get("/b/echo", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: h", "Via: 1.0 x", "Accept: */*"),
                get("/b/echo", "Proxy-Authorization: Basic eDp5", "Authorization: Basic eDp5", "Upgrade: h2c"),
                get("/b/echo", "Max-Forwards: 7", "Range: bytes=0-3", "If-None-Match: \"x\"", "Cookie: a=1; b=2"),
                fails(request("OPTIONS /b/echo HTTP/1.1", "Max-Forwards: x")),
                fails(get("/b/echo", "Max-Forwards: 0")),
                raw("HTTP/1.0 without Host", b"GET /b/echo HTTP/1.0\r\n\r\n"),
                head("/b/echo"),
            ],
        )
    ],
)

SWITCHES = Family(
    "ProxyPreserveHost, ProxyAddHeaders, ProxyVia",
    [
        site(
            """ProxyPass /b/ @B@/
ProxyVia On
<Location /b/echo/host>
ProxyPreserveHost On
</Location>
<Location /b/echo/bare>
ProxyAddHeaders Off
</Location>
""",
            [
                get("/b/echo/host", "Host: example.com:99"),
                get("/b/echo/bare", "X-Forwarded-For: 192.0.2.1"),
                get("/b/echo/via", "Via: 1.0 before"),
                get("/b/hop"),
            ],
        ),
        site("ProxyPass /b/ @B@/\nProxyVia Block\n", [get("/b/echo", "Via: 1.0 before"), get("/b/hop")]),
        site("ProxyPass /b/ @B@/\nProxyMaxForwards 5\n", [get("/b/echo"), fails(get("/b/missing"))]),
    ],
)

BODIES = Family(
    "Proxy, request bodies",
    [
        site(
            "ProxyPass /b/ @B@/\n",
            [
                request("POST /b/echo HTTP/1.1", body=b"name=value"),
                request("POST /b/echo HTTP/1.1", "Transfer-Encoding: chunked", body=b"3\r\nabc\r\n0\r\n\r\n"),
                request("POST /b/echo HTTP/1.1", "Content-Length: 0"),
                request("POST /b/echo HTTP/1.1"),
                request("PUT /b/size HTTP/1.1", body=b"x" * 100000, name="a large one"),
                request(
                    "POST /b/size HTTP/1.1", "Transfer-Encoding: chunked", name="a large chunked one",
                    body=b"8000\r\n" + b"y" * 0x8000 + b"\r\n8000\r\n" + b"z" * 0x8000 + b"\r\n0\r\n\r\n",
                ),
                request("PROPFIND /b/echo HTTP/1.1", body=b"<x/>"),
                fails(request("POST /b/missing HTTP/1.1", body=b"abc")),
                fails(request("POST /b/echo HTTP/1.1", "Transfer-Encoding: chunked", body=b"zz\r\n", name="bad chunk")),
            ],
        )
    ],
)

ANSWERS = Family(
    "Proxy, answers",
    [
        site(
            "ProxyPass /b/ @B@/\n",
            [
                get("/b/chunked"),
                get("/b/close"),
                get("/b/old"),
                fails(get("/b/status/404")),
                get("/b/status/204"),
                get("/b/status/304"),
                get("/b/hop"),
                get("/b/split"),
                get("/b/html"),
                get("/b/big/100000", name="a large one"),
            ],
        )
    ],
)

FAULTS = Family(
    "Proxy, faults of backends",
    [
        site(
            "ProxyPass /b/ @B@/\nProxyPass /dead/ http://127.0.0.1:1/\nProxyPass /odd/ foo://127.0.0.1/\n",
            [
                fails(get("/b/drop")),
                fails(get("/b/badfield")),
                fails(get("/dead/a")),
                fails(get("/dead/again")),
                fails(get("/odd/a")),
                head("/b/status/503"),
            ],
        ),
        site("ProxyPass /b/ @B@/\nProxyBadHeader Ignore\n", [get("/b/badfield")]),
    ],
)

REVERSE = Family(
    "ProxyPassReverse",
    [
        site(
            """ProxyPass /b/ @B@/
ProxyPassReverse /b/ @B@/
ProxyPassReverse /else/ http://elsewhere.example/
ProxyPass /plain/ @B@/
""",
            [
                get("/b/moved/z"),
                get("/b/moved-away"),
                get("/b/moved-here/x"),
                get("/plain/moved-here/x"),
                get("/b/moved/z", "Host: www.example.com:8080"),
                fails(get("/b/nowhere")),
            ],
        ),
        site(
            "<Location /l/>\nProxyPass @B@/\nProxyPassReverse @B@/\nProxyPassReverse /\n</Location>\n",
            [get("/l/moved/z"), get("/l/moved-here/x")],
        ),
    ],
)

COOKIES = Family(
    "ProxyPassReverseCookie",
    [
        site(
            """ProxyPass /b/ @B@/
ProxyPassReverseCookieDomain inside.example outside.example
ProxyPassReverseCookiePath / /b/
""",
            [get("/b/cookies"), fails(get("/b/missing"))],
        ),
        site("ProxyPass /b/ @B@/\nProxyPassReverseCookiePath /app /b\nProxyPassReverseCookieDomain example out\n",
             [get("/b/cookies")]),
        site("ProxyPass /b/ @B@/\n", [get("/b/cookies")]),
    ],
)

OVERRIDE = Family(
    "ProxyErrorOverride",
    [
        site(
            "ProxyPass /b/ @B@/\nProxyErrorOverride On\nErrorDocument 410 /gone.html\n",
            [fails(get("/b/status/404")), fails(get("/b/status/410")), fails(get("/b/status/401")),
             get("/b/status/302"), fails(get("/b/status/500"))],
        ),
        site(
            "ProxyPass /b/ @B@/\nProxyErrorOverride On 404 503\n",
            [fails(get("/b/status/404")), get("/b/status/410"), fails(get("/b/status/503"))],
        ),
    ],
)

SECTIONS = Family(
    "Proxy sections",
    [
        site(
            """ProxyPass /b/ @B@/
<Proxy *>
Header set X-All yes
</Proxy>
<Proxy "@B@/echo">
Header set X-Echo yes
</Proxy>
<ProxyMatch "/status/(?<code>[0-9]+)">
Header set X-Match "%{MATCH_CODE}e"
</ProxyMatch>
<Proxy "@B@/hop">
Require all denied
</Proxy>
<Location /b/echo/loc>
Header set X-All location
</Location>
<Directory "@ROOT@">
Header set X-Directory no
</Directory>
""",
            [get("/b/echo"), get("/b/echo/loc"), get("/b/status/200"), fails(get("/b/hop")), get("/a.txt")],
        ),
        site(
            "RewriteEngine On\nRewriteRule ^/r/(.*) @B@/echo/$1 [P]\nRewriteRule ^/e/(.*) @B@/echo/$1 [P,NE,QSA]\n"
            "<Directory \"@ROOT@/in\">\nRewriteEngine On\nRewriteRule ^d/(.*) @B@/echo/d/$1 [P]\n</Directory>\n",
            [get("/r/x%20y?q=1"), get("/e/a%2520b?q=%31"), fails(get("/e/a%20b")), get("/in/d/x?y")],
            modules=HTTP + " rewrite",
        ),
    ],
)

VARIABLES = Family(
    "Proxy, environment",
    [
        site(
            """SetEnvIf Request_URI "close" proxy-nokeepalive
SetEnvIf Request_URI "direct" no-proxy
SetEnvIf Request_URI "^/i" TARGET=echo/interpolated
ProxyPassInterpolateEnv On
ProxyPass /i/ "@B@/${TARGET}/" interpolate
ProxyPass /b/ @B@/
""".replace("${TARGET}", "$\\{TARGET}").replace("$\\{", "${"),
            [get("/b/echo/close"), fails(get("/b/direct")), get("/b/echo/open")],
        ),
    ],
)

FCGI = MODULES + " proxy proxy_fcgi"
F = "fcgi://127.0.0.1:@FCGI@"
PHP = {**TREE, **{name + ".php": "source\n" for name in ("env", "status", "moved", "inside", "bad", "nothing", "length",
                                                          "big", "size", "a b", "stderr")}}

SCRIPTS = Family(
    "SetHandler proxy:fcgi",
    [
        site(
            '<FilesMatch "\\.php$">\nSetHandler "proxy:%s"\n</FilesMatch>\nDirectoryIndex env.php\n' % F,
            [
                get("/env.php?a=b&c"),
                get("/env.php/path/info?x", "X-Foo: bar", "Proxy: bad", "Authorization: Basic eDp5"),
                request("POST /env.php HTTP/1.1", "Content-Type: text/x", body=b"body"),
                request("POST /env.php HTTP/1.1", "Transfer-Encoding: chunked", body=b"3\r\nabc\r\n0\r\n\r\n"),
                fails(get("/status.php")),
                get("/moved.php"),
                get("/a%20b.php"),
                get("/missing.php"),
                fails(get("/missing.html")),
                get("/"),
            ],
            PHP, modules=FCGI, programs=True,
        )
    ],
)

SCRIPTS_ODD = Family(
    "proxy_fcgi, odd programs",
    [
        site(
            '<FilesMatch "\\.php$">\nSetHandler "proxy:%s"\n</FilesMatch>\nErrorDocument 404 /gone.html\n' % F,
            [
                get("/bad.php"),
                get("/nothing.php"),
                get("/inside.php"),
                get("/length.php"),
                get("/big.php", name="a large one"),
                get("/stderr.php"),
                fails(get("/status.php")),
                request("POST /size.php HTTP/1.1", body=b"x" * 200000, name="a large body"),
                fails(get("/not.html")),
            ],
            PHP, modules=FCGI, programs=True,
        )
    ],
)

FCGI_PASS = Family(
    "ProxyPass fcgi, ProxyFCGIBackendType, ProxyFCGISetEnvIf",
    [
        site(
            """ProxyPass /f/ %s/srv/www/
ProxyPass /dead/ fcgi://127.0.0.1:1/
ProxyFCGISetEnvIf "true" SIGNET_A
ProxyFCGISetEnvIf "reqenv('REQUEST_METHOD') == 'GET'" SIGNET_B "%%{reqenv:SCRIPT_NAME}"
ProxyFCGISetEnvIf "reqenv('SIGNET_NONE') == 'x'" SIGNET_C no
ProxyFCGISetEnvIf "true" !HTTP_X_DROP
""" % F,
            [get("/f/env.php?q=1", "X-Drop: 1"), get("/f/env%20x.php"), fails(get("/dead/x.php"))],
            PHP, modules=FCGI, programs=True,
        ),
        site(
            """<Proxy "%s/" enablereuse=on timeout=20>
</Proxy>
<FilesMatch "\\.php$">
SetHandler "proxy:%s/"
</FilesMatch>
""" % (F, F), [get("/env.php")], PHP, modules=FCGI, programs=True,
        ),
        site("ProxyFCGIBackendType GENERIC\nProxyPass /f/ %s/srv/www/\n" % F, [get("/f/env.php?q=1")],
             PHP, modules=FCGI, programs=True),
        site("SetEnvIf Request_URI . proxy-fcgi-pathinfo=first-dot\nProxyPass /f/ %s/srv/www/\n" % F,
             [get("/f/env.php/more/info")], PHP, modules=FCGI, programs=True),
        site("ProxyErrorOverride On\nErrorDocument 404 /gone.html\nProxyPass /f/ %s/srv/www/\n" % F,
             [fails(get("/f/status.php"))], PHP, modules=FCGI, programs=True),
    ],
)

TUNNELS = Family(
    "Proxy, upgrades",
    [
        site(
            "ProxyPass /w/ ws://127.0.0.1:@HTTP@/\nProxyPass /u/ @B@/ upgrade=websocket\n",
            [
                get("/w/echo/connection"),
                get("/w/echo/connection", "Upgrade: websocket", "Connection: Upgrade"),
                get("/u/echo/connection", "Upgrade: websocket", "Connection: Upgrade"),
                get("/u/echo/connection", "Upgrade: other", "Connection: Upgrade"),
                fails(get("/w/missing")),
            ],
            modules=HTTP + " proxy_wstunnel",
        )
    ],
)

BALANCED = HTTP + " slotmem_shm proxy_balancer lbmethod_byrequests lbmethod_bytraffic lbmethod_bybusyness"
ROUTES = '%r %>s %{BALANCER_NAME}e %{BALANCER_WORKER_ROUTE}e %{BALANCER_SESSION_ROUTE}e %{BALANCER_ROUTE_CHANGED}e'

BALANCERS = Family(
    "Balancers",
    [
        site(
            """<Proxy "balancer://farm">
BalancerMember "http://127.0.0.1:1" route=dead
BalancerMember "@B@/echo/one" route=one
BalancerMember "@B@/echo/two" route=two loadfactor=2 status=+H
ProxySet stickysession=SID|sid
</Proxy>
ProxyPass /f/ balancer://farm/
ProxyPassReverse /f/ balancer://farm/
""",
            [
                get("/f/a?x", name="one that can be reached"),
                get("/f/b", "Cookie: SID=abc.one"),
                get("/f/c;sid=1.one"),
                get("/f/d?sid=1.two"),
                get("/f/e", "Cookie: SID=abc.gone"),
                get("/f/f", "Cookie: SID=abc.dead"),
            ],
            modules=BALANCED, log=ROUTES,
        ),
        site(
            """<Proxy "balancer://none">
BalancerMember "http://127.0.0.1:1" route=a
ProxySet stickysession=S nofailover=On forcerecovery=Off
</Proxy>
ProxyPass /n/ balancer://none/
ProxyPass /x/ balancer://unknown/
""",
            [fails(get("/n/a")), fails(get("/n/again")), fails(get("/x/a"))],
            modules=BALANCED, log="%r %>s",
        ),
    ],
)

WORDS = Family(
    "Proxy directives refused",
    [
        Site(
            "",
            [
                rejects("no path", "ProxyPass http://h"),
                rejects("no URL", "ProxyPass /a http"),
                rejects("no parameter", "ProxyPass /a http://h foo"),
                rejects("no such parameter", "ProxyPass /a http://h foo=1"),
                rejects("a timeout of 0", "ProxyPass /a http://h timeout=0"),
                rejects("a path in a location", "<Location /a>\nProxyPass /b http://h\n</Location>"),
                rejects("in a directory", "<Directory /a>\nProxyPass http://h\n</Directory>"),
                rejects("a bad pattern", "ProxyPassMatch ^/(.*)[ http://h/$1"),
                rejects("no path to reverse", "ProxyPassReverse http://h"),
                rejects("a load factor", '<Proxy "balancer://x">\nBalancerMember http://a loadfactor=300\n</Proxy>'),
            ],
            TREE, modules=BALANCED,
        )
    ],
)

MORE_WORDS = Family(
    "Proxy settings refused",
    [
        Site(
            "",
            [
                rejects("a parameter of a section", '<Proxy "http://a">\nProxySet foo=1\n</Proxy>'),
                rejects("a method", '<Proxy "balancer://x">\nBalancerMember http://a\nProxySet lbmethod=y\n</Proxy>'),
                rejects("a member alone", "BalancerMember http://a"),
                rejects("an unknown balancer", "ProxySet balancer://nope lbmethod=byrequests"),
                rejects("an unknown worker", "ProxySet http://a timeout=3"),
                rejects("no status", "ProxyErrorOverride On 404 x"),
                rejects("not an error", "ProxyErrorOverride On 200"),
                rejects("no such via", "ProxyVia maybe"),
                rejects("no such header", "ProxyBadHeader x"),
                accepts("all of them", "ProxyTimeout 3\nProxyVia Full\nProxyBadHeader StartBody\nProxyStatus On\n"
                        "ProxyIOBufferSize 8192\nProxyReceiveBufferSize 0\nProxySourceAddress 127.0.0.1\n"
                        "ProxyPassInherit Off\nProxyRequests Off\nProxyErrorOverride Off"),
            ],
            TREE, modules=BALANCED,
        )
    ],
)

SECURE = HTTP + " ssl socache_shmcb"


def secure(settings, exchanges, host="localhost", name="https"):
    text = "ProxyPass /s/ https://%s:@%s@/\n%s" % (host, name.upper(), settings)
    return Site(text, exchanges, TREE, modules=SECURE, beside=("https", "asking"))


TLS_BACKENDS = Family(
    "Proxy, TLS to backends",
    [
        secure("", [fails(get("/s/echo", name="not enabled"))]),
        secure("SSLProxyEngine on\n", [get("/s/echo", name="by name"), get("/s/big/100000", name="a large one")]),
        # By its address, signet finds it in the certificate, and Apache does not (docs/differences.md).
        secure("SSLProxyEngine on\nSSLProxyCheckPeerName off\nSSLProxyCheckPeerCN off\n",
               [get("/s/echo", name="by address")], host="127.0.0.1"),
        secure("SSLProxyEngine on\nSSLProxyVerify require\n", [fails(get("/s/echo", name="no authority"))]),
        secure("SSLProxyEngine on\nSSLProxyVerify require\nSSLProxyVerifyDepth 3\nSSLProxyCACertificateFile @PKI@/ca.pem\n",
               [get("/s/echo", name="a known authority")]),
        secure("SSLProxyEngine on\nSSLProxyVerify require\nSSLProxyCACertificateFile @PKI@/selfsigned.pem\n",
               [fails(get("/s/echo", name="another authority"))]),
        secure("SSLProxyEngine on\nSSLProxyMachineCertificateFile @PKI@/clients/good.pem\n",
               [get("/s/echo", name="a client certificate")], name="asking"),
    ],
)

WRONG_NAMES = Family(
    "Proxy, names of TLS backends",
    [
        Site("SSLProxyEngine on\nProxyPreserveHost On\nProxyPass /s/ https://localhost:@HTTPS@/\n"
             "<Location /s/echo/any>\n</Location>\n",
             [get("/s/echo", "Host: localhost", name="its own"), fails(get("/s/echo", "Host: wrong.test", name="another"))],
             TREE, modules=SECURE, beside=("https",)),
        Site("SSLProxyEngine on\nSSLProxyCheckPeerName off\nSSLProxyCheckPeerCN off\nProxyPreserveHost On\n"
             "ProxyPass /s/ https://localhost:@HTTPS@/\n",
             [get("/s/echo", "Host: wrong.test", name="nobody asks")], TREE, modules=SECURE, beside=("https",)),
    ],
)

FAMILIES = [TLS_BACKENDS, WRONG_NAMES, TUNNELS, BALANCERS, WORDS, MORE_WORDS, PATHS, NOCANON, FIELDS, SWITCHES, BODIES, ANSWERS, FAULTS, REVERSE, COOKIES, OVERRIDE, SECTIONS, VARIABLES,
            SCRIPTS, SCRIPTS_ODD, FCGI_PASS]
