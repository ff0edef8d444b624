"""Core's directives about names of clients, recursion, trailers and defaults of regular expressions."""

from dsl import Family, Site, accepts, fails, get, raw, rejects

TREE = {"a.txt": "a\n", "host/f.txt": "host\n", "other/f.txt": "other\n", "forward/f.txt": "forward\n", "old/f.txt": "old\n"}

SHOWN = """
SetEnvIf Remote_Host "^localhost$" BY_NAME=yes
SetEnvIf Remote_Host "^127" BY_ADDRESS=yes
Header set X-Host "expr=%{REMOTE_HOST}"
Header set X-Seen "%{BY_NAME}e %{BY_ADDRESS}e"
<Location "/host">
    Require host localhost
</Location>
<Location "/other">
    Require host example.org .local
</Location>
<Location "/forward">
    Require forward-dns localhost
</Location>
<Location "/old">
    Order Deny,Allow
    Deny from all
    Allow from localhost
</Location>
"""

HOST_NAMES = Family(
    "HostnameLookups",
    [
        Site("HostnameLookups On" + SHOWN, [get("/a.txt"), get("/host/f.txt"), fails(get("/other/f.txt"))], TREE, log="%h %{c}h %a"),
        Site("HostnameLookups Double" + SHOWN, [get("/a.txt"), get("/forward/f.txt")], TREE, log="%h %{c}h %a"),
        Site("HostnameLookups Off" + SHOWN, [get("/a.txt"), get("/old/f.txt"), get("/host/f.txt")], TREE, log="%h %{c}h %a"),
        Site(
            "HostnameLookups Off\n<Location /host>\nHostnameLookups On\n</Location>",
            [
                raw("names only in one place", b"GET /a.txt HTTP/1.1\r\nHost: x\r\n\r\nGET /host/f.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", ["GET", "GET"]),
                rejects("neither on, off nor double", "HostnameLookups triple"),
            ],
            TREE,
            log="%h %U",
        ),
    ],
)

DEEP = {"/".join(["n"] * i) + ("/" if i else "") + "end.html": "depth %d\n" % i for i in range(1, 14)}

RECURSION = Family(
    "LimitInternalRecursion",
    [
        Site("DirectoryIndex n/ end.html", [get("/n/n/n/n/n/n/"), get("/n/n/"), fails(get("/missing/"))], DEEP),
        Site("LimitInternalRecursion 10 3\nDirectoryIndex n/ end.html", [get("/n/n/"), get("/n/n/n/n/n/n/n/n/n/n/n/")], DEEP),
        Site("LimitInternalRecursion 4\nDirectoryIndex n/ end.html", [get("/n/n/")], DEEP),
        Site(
            "",
            [
                rejects("zero", "LimitInternalRecursion 0"),
                rejects("zero subrequests", "LimitInternalRecursion 5 0"),
                rejects("three numbers", "LimitInternalRecursion 5 5 5"),
                accepts("low numbers", "LimitInternalRecursion 3 3"),
            ],
        ),
    ],
)

CHUNKED = (
    b"GET /a.txt HTTP/1.1\r\nHost: x\r\nX-A: field\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    b"3\r\nabc\r\n0\r\nX-A: trailer\r\nX-B: other\r\n\r\n"
)

TRAILERS = Family(
    "MergeTrailers",
    [
        Site("MergeTrailers On", [raw("merged", CHUNKED)], TREE, log="%{X-A}i %{X-B}i %{X-A}^ti"),
        Site("MergeTrailers Off", [raw("apart", CHUNKED)], TREE, log="%{X-A}i %{X-B}i %{X-B}^ti"),
        Site("", [rejects("not a flag", "MergeTrailers Perhaps")]),
    ],
)

SEES_CASE = """
SetEnvIf X-Lines "^a.b$" SETENVIF=1
Header set X-Lines seen env=SETENVIF
<FilesMatch "^A">
    Header set X-Files yes
</FilesMatch>
<If "%{REQUEST_URI} =~ /A.T/">
    Header set X-If yes
</If>
RedirectMatch "^/(OLD)/.*" "/new/$1"
"""

REGEX_DEFAULTS = Family(
    "RegexDefaultOptions",
    [
        Site(SEES_CASE + "RegexDefaultOptions +ICASE", [get("/a.txt"), fails(get("/old/x"))], TREE),
        Site("RegexDefaultOptions +ICASE" + SEES_CASE, [get("/a.txt"), get("/old/f.txt")], TREE),
        Site("RegexDefaultOptions none" + SEES_CASE, [get("/a.txt", "X-Lines: AxB"), get("/a.txt", "X-Lines: axb")], TREE),
        Site("RegexDefaultOptions DOTALL ICASE" + SEES_CASE, [get("/a.txt", "X-Lines: aXB")], TREE),
        Site(
            "",
            [
                rejects("an unknown option", "RegexDefaultOptions EXTENDED"),
                rejects("in a host", "<VirtualHost *:80>\nRegexDefaultOptions ICASE\n</VirtualHost>"),
                accepts("without option", "RegexDefaultOptions"),
            ],
        ),
    ],
)

FAMILIES = [HOST_NAMES, RECURSION, TRAILERS, REGEX_DEFAULTS]
