"""Filters of response bodies: mod_filter, mod_deflate, mod_brotli."""

from dsl import MODULES, Family, Site, accepts, fails, get, head, rejects, request

WORDS = " ".join("word%d" % (n * 7919 % 1000) for n in range(400)) + "\n"
LONG = " ".join("%x" % (n * 2654435761 % 2**32) for n in range(9000)) + "\n"
TREE = {
    "a.txt": WORDS,
    "page.html": "<p>" + WORDS,
    "style.css": "/* " + WORDS + " */",
    "long.txt": LONG,
    "tiny.txt": "0123456789\n",
    "empty.txt": "",
    "packed.txt.Z": WORDS,
    "error.html": "<h1>" + WORDS,
}
GZIP = "Accept-Encoding: gzip"
FILTERS = MODULES + " filter deflate"
BY_TYPE = "AddOutputFilterByType DEFLATE text/html text/plain"


def etag_as_apache(text):
    """Where entity tags are sent back, signet's default differs on purpose (docs/differences.md, 7)."""
    return text + "\nDeflateAlterETag AddSuffix"


NEGOTIATION = Family(
    "DEFLATE, who gets it",
    [
        Site(
            "SetOutputFilter DEFLATE",
            [
                get("/a.txt", GZIP),
                get("/a.txt"),
                get("/a.txt", "Accept-Encoding: deflate, GZip;q=0.5, br"),
                get("/a.txt", "Accept-Encoding: br, deflate"),
                get("/long.txt", GZIP),
                get("/tiny.txt", GZIP),
                get("/empty.txt", GZIP),
                head("/a.txt", GZIP),
                head("/long.txt", GZIP),
                fails(get("/missing", GZIP)),
            ],
            TREE,
            modules=FILTERS,
        )
    ],
)

VARIABLES = Family(
    "DEFLATE, variables and what is coded already",
    [
        Site(
            "SetOutputFilter DEFLATE\nSetEnvIf X-No . no-gzip\nSetEnvIf X-Force . force-gzip\n"
            "SetEnvIf X-Html . gzip-only-text/html\nAddEncoding x-compress .Z",
            [
                get("/a.txt", GZIP, "X-No: 1"),
                get("/a.txt", "X-Force: 1"),
                get("/a.txt", GZIP, "X-Html: 1"),
                get("/page.html", GZIP, "X-Html: 1"),
                get("/packed.txt.Z", GZIP),
                fails(request("DELETE /a.txt HTTP/1.1", GZIP)),
                request("GET /long.txt HTTP/1.0", GZIP),
                request("POST /a.txt HTTP/1.1", GZIP, body=b"a=1"),
            ],
            TREE,
            modules=FILTERS,
        )
    ],
)

SETTINGS = Family(
    "mod_deflate's directives",
    [
        Site(
            "SetOutputFilter DEFLATE\nDeflateCompressionLevel 1\nDeflateMemLevel 3\n"
            "DeflateWindowSize 10\nDeflateBufferSize 512\nDeflateAlterETag Remove",
            [get("/a.txt", GZIP), get("/long.txt", GZIP), fails(get("/missing", GZIP))],
            TREE,
            modules=FILTERS,
        ),
        Site(
            "SetOutputFilter DEFLATE\nDeflateAlterETag NoChange\nDeflateFilterNote ratio\n"
            "DeflateFilterNote Input in\nDeflateFilterNote Output out",
            [get("/a.txt", GZIP), get("/tiny.txt", GZIP)],
            TREE,
            modules=FILTERS,
            log="%U %{ratio}n %{in}n %{out}n %b",
        ),
    ],
)

SYNTAX = Family(
    "mod_deflate's directives as written",
    [
        Site(
            "",
            [
                rejects("a level of nothing", "DeflateCompressionLevel 0"),
                rejects("too large a window", "DeflateWindowSize 16"),
                rejects("too much memory", "DeflateMemLevel 10"),
                rejects("no buffer", "DeflateBufferSize 0"),
                rejects("an unknown note", "DeflateFilterNote Speed note"),
                rejects("an unknown change of entity tags", "DeflateAlterETag Maybe"),
                rejects("a level in a directory", '<Directory "/x">\nDeflateMemLevel 2\n</Directory>'),
                rejects("a ratio of nothing", "DeflateInflateRatioLimit 0"),
                rejects("a limit in words", "DeflateInflateLimitRequestBody much"),
                accepts("all of them", "DeflateCompressionLevel 9\nDeflateInflateRatioBurst 2"),
            ],
            modules=FILTERS,
        )
    ],
)

VALIDATORS = Family(
    "DEFLATE, entity tags as Apache alters them",
    [
        Site(
            etag_as_apache("SetOutputFilter DEFLATE\nFileETag Size"),
            [
                get("/tiny.txt", GZIP, 'If-None-Match: "b"'),
                get("/a.txt", 'If-None-Match: "nonsense"', GZIP),
                get("/a.txt", "If-Modified-Since: Wed, 03 Jan 2024 00:00:00 GMT", GZIP),
                fails(get("/a.txt", 'If-Match: "nonsense"', GZIP)),
            ],
            TREE,
            modules=FILTERS,
        )
    ],
)

BYTYPE = Family(
    "AddOutputFilterByType",
    [
        Site(
            BY_TYPE + '\n<Location "/page.html">\nAddOutputFilterByType DEFLATE text/css\n</Location>\n'
            '<Location "/style.css">\nAddOutputFilterByType DEFLATE text/css\n</Location>\n'
            "ErrorDocument 404 /error.html",
            [
                get("/a.txt", GZIP),
                get("/page.html", GZIP),
                get("/style.css", GZIP),
                get("/a.txt"),
                fails(get("/missing", GZIP)),
                rejects("without a type", "AddOutputFilterByType DEFLATE"),
                rejects("an unknown filter", "AddOutputFilterByType NOSUCH text/html"),
            ],
            TREE,
            modules=FILTERS,
        ),
        Site(
            "AddOutputFilter DEFLATE css\n<Files a.txt>\nSetOutputFilter INFLATE;DEFLATE\n</Files>",
            [get("/style.css", GZIP), get("/a.txt", GZIP), get("/page.html", GZIP)],
            TREE,
            modules=FILTERS,
        ),
    ],
)

CHAIN = Family(
    "FilterProvider and FilterChain",
    [
        Site(
            "FilterDeclare pack CONTENT_SET\n"
            "FilterProvider pack DEFLATE \"%{CONTENT_TYPE} =~ m#^text/(css|plain)#\"\n"
            "FilterChain pack\n"
            '<Location "/style.css">\nFilterChain !\n</Location>\n'
            '<Location "/tiny.txt">\nFilterChain =nosuch\n</Location>',
            [
                get("/a.txt", GZIP),
                get("/page.html", GZIP),
                get("/style.css", GZIP),
                get("/tiny.txt", GZIP),
                fails(get("/missing", GZIP)),
                rejects("an unknown provider", 'FilterProvider x NOSUCH "true"'),
                rejects("a condition that is none", 'FilterProvider x DEFLATE "%{X"', exit_only=True),
                rejects("a protocol of nothing", "FilterProtocol nosuch change=yes"),
                rejects("of a provider that is none", 'FilterDeclare x\nFilterProtocol x DEFLATE cache=no'),
                rejects("a chain of nothing", "FilterChain"),
            ],
            TREE,
            modules=FILTERS,
        )
    ],
)

BROTLI = Family(
    "BROTLI_COMPRESS",
    [
        Site(
            "AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/plain\nSetEnvIf X-No . no-brotli\n"
            "BrotliFilterNote r",
            [
                get("/a.txt", "Accept-Encoding: gzip, br"),
                get("/a.txt", GZIP),
                get("/tiny.txt", "Accept-Encoding: br"),
                get("/empty.txt", "Accept-Encoding: br"),
                get("/a.txt", "Accept-Encoding: br", "X-No: 1"),
                get("/long.txt", "Accept-Encoding: br"),
                fails(get("/missing", "Accept-Encoding: br")),
                rejects("too good a quality", "BrotliCompressionQuality 12"),
                rejects("too small a window", "BrotliCompressionWindow 9"),
                rejects("an unknown note", "BrotliFilterNote Speed note"),
            ],
            TREE,
            modules=FILTERS + " brotli",
            log="%U %{r}n",
        )
    ],
)

FAMILIES = [NEGOTIATION, VARIABLES, SETTINGS, SYNTAX, VALIDATORS, BYTYPE, CHAIN, BROTLI]
