"""mod_dir and mod_mime, and the core directives about types."""

from dsl import Family, Site, fails, get, head, rejects, request

PLACES = {
    "index.html": "root\n",
    "first/one.html": "one\n",
    "first/two.html": "two\n",
    "second/two.html": "two\n",
    "none/x.txt": "x\n",
    "deep/er/index.html": "deep\n",
    "front.html": "front\n",
    "real.html": "real\n",
}

INDEX = Family(
    "DirectoryIndex",
    [
        Site(
            "DirectoryIndex one.html two.html",
            [
                get("/first/"),
                get("/second/"),
                fails(get("/none/")),
                fails(get("/")),
                head("/first/"),
                get("/first/?q=1"),
            ],
            PLACES,
            log='"%r" %>s %U %f',
        ),
        Site("DirectoryIndex disabled", [fails(get("/"))], PLACES),
        Site(
            "DirectoryIndex missing.html /front.html", [get("/none/")], PLACES, log='"%r" %>s %U %f'
        ),
        Site(
            """
DirectoryIndex one.html
<Directory "@ROOT@/second">
DirectoryIndex two.html
</Directory>""",
            [get("/second/"), fails(get("/deep/"))],
            PLACES,
        ),
    ],
)

SLASH = Family(
    "DirectorySlash",
    [
        Site(
            "",
            [
                get("/first"),
                get("/first?a=b"),
                head("/first"),
                request("POST /first HTTP/1.1", body=b"x"),
                get("/first", "Host: elsewhere:8080"),
                fails(get("/nowhere")),
            ],
            PLACES,
        ),
        Site("DirectorySlash Off", [fails(get("/first")), fails(get("/deep/er"))], PLACES),
        Site("UseCanonicalName On\nServerName canonical.example:81", [get("/first")], PLACES),
        Site("", [rejects("DirectorySlash of 2.5", "DirectorySlash NotFound")]),
    ],
)

FALLBACK = Family(
    "FallbackResource and DirectoryIndexRedirect",
    [
        Site(
            "FallbackResource /front.html",
            [get("/no/such/page?x=1"), get("/real.html"), get("/none/"), get("/none/x.txt")],
            PLACES,
            log='"%r" %>s %U %f',
        ),
        Site("FallbackResource /missing.html", [fails(get("/no/such"))], PLACES),
        Site(
            """
FallbackResource /front.html
<Directory "@ROOT@/deep">
FallbackResource disabled
</Directory>""",
            [fails(get("/deep/none"))],
            PLACES,
        ),
        Site(
            "DirectoryIndexRedirect on\nDirectoryIndex two.html",
            [get("/second/"), fails(get("/none/"))],
            PLACES,
        ),
        Site(
            "DirectoryIndexRedirect permanent\nDirectoryIndex two.html", [get("/second/")], PLACES
        ),
    ],
)

NAMES = {
    "a.html": "a",
    "a.HTML": "a",
    "a.txt.gz": "a",
    "a.tar.Z": "a",
    "a.en": "a",
    "a.html.en": "a",
    "a.html.de.utf8": "a",
    "a.unknown": "a",
    "plain": "a",
    "a.json": "{}",
    ".html": "a",
    "a.b.c.txt": "a",
    "a.html.unknown": "a",
    "a.png": "a",
}

TYPES = Family(
    "AddType",
    [
        Site(
            """
AddType text/x-custom .custom html2 .HTML3
AddType application/x-html .html""",
            [
                get("/a.custom"),
                get("/a.html2"),
                get("/a.html3"),
                get("/a.html"),
                get("/a.json"),
                fails(get("/b.custom")),
                get("/a.HTML"),
            ],
            {**NAMES, "a.custom": "c", "a.html2": "2", "a.html3": "3"},
        ),
        Site(
            "AddType text/html;charset=utf-8 .html\nRemoveType .txt",
            [get("/a.html"), get("/a.b.c.txt")],
            NAMES,
        ),
        Site("", [rejects("AddType without extension", "AddType text/html")]),
    ],
)

ENCODINGS = Family(
    "AddEncoding, AddLanguage, AddCharset",
    [
        Site(
            """
AddEncoding x-gzip .gz
AddEncoding compress .Z
AddLanguage en .en
AddLanguage de-AT .de
AddCharset UTF-8 .utf8""",
            [
                get("/a.txt.gz"),
                get("/a.tar.Z"),
                get("/a.html.en"),
                get("/a.html.de.utf8"),
                get("/a.en"),
                head("/a.html.de.utf8"),
                fails(get("/b.html.en")),
            ],
            NAMES,
        ),
        Site(
            """
AddLanguage en .en
DefaultLanguage fr
AddCharset utf-8 .html
RemoveLanguage .de
AddLanguage de .de""",
            [get("/a.html"), get("/a.html.en")],
            NAMES,
        ),
        Site("", [rejects("AddLanguage without extension", "AddLanguage en")]),
    ],
)

UNKNOWN = Family(
    "ForceType, DefaultType, AddDefaultCharset",
    [
        Site(
            """
<Files "plain">
ForceType image/gif
</Files>
<Files "a.html">
ForceType None
</Files>""",
            [get("/plain"), get("/a.html")],
            NAMES,
        ),
        Site(
            "AddDefaultCharset On",
            [get("/a.html"), get("/a.b.c.txt"), get("/a.json"), fails(get("/missing"))],
            NAMES,
        ),
        Site("AddDefaultCharset utf-8", [get("/a.html"), fails(get("/missing"))], NAMES),
        Site(
            "", [get("/a.html.unknown"), rejects("DefaultType", "DefaultType text/plain x")], NAMES
        ),
    ],
)

EXTENSIONS = Family(
    "extensions of mod_mime",
    [
        Site(
            "",
            [get("/plain"), get("/a.unknown"), get("/.html"), get("/a.b.c.txt"), fails(get("/a"))],
            NAMES,
        ),
        Site("AddHandler default-handler .txt\nRemoveHandler .txt", [get("/a.b.c.txt")], NAMES),
        Site(
            """
<FilesMatch "\\.txt$">
SetHandler None
</FilesMatch>""",
            [get("/a.b.c.txt")],
            NAMES,
        ),
        Site(
            """
AcceptPathInfo On
<Directory "@ROOT@">
ModMimeUsePathInfo On
</Directory>""",
            [get("/plain/x.html"), fails(get("/nothing/x.html"))],
            NAMES,
        ),
    ],
)

FAMILIES = [INDEX, SLASH, FALLBACK, TYPES, ENCODINGS, UNKNOWN, EXTENSIONS]
