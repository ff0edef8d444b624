"""mod_alias."""

from dsl import Family, Site, fails, get, head, rejects, request

TREE = {
    "index.html": "root\n",
    "real/index.html": "real\n",
    "real/a b.txt": "space\n",
    "other/x.txt": "x\n",
    "shop/item-7.txt": "seven\n",
}
OPEN = """
<Directory "@ROOT@">
Require all granted
</Directory>
"""

ALIAS = Family(
    "Alias and AliasMatch",
    [
        Site(
            'Alias "/icons/" "@ROOT@/real/"\nAlias /pic "@ROOT@/other"',
            [
                get("/icons/"),
                get("/icons/a%20b.txt"),
                fails(get("/icons")),
                get("/pic/x.txt"),
                get("/pic"),
                fails(get("/picture")),
            ],
            TREE,
            log='"%r" %>s %U %f',
        ),
        Site(
            """
AliasMatch "^/item/([0-9]+)$" "@ROOT@/shop/item-$1.txt"
Alias /item "@ROOT@/other"
""",
            [get("/item/7"), fails(get("/item/8")), get("/item/x.txt")],
            TREE,
            log='"%r" %>s %f',
        ),
        Site(
            """
<Location "/loc">
Alias "@ROOT@/other/x.txt"
</Location>""",
            [get("/loc")],
            TREE,
        ),
    ],
)

REDIRECT = Family(
    "Redirect",
    [
        Site(
            """
Redirect /old http://new.example/place
Redirect permanent /moved /real
Redirect 303 /see http://x.example/
Redirect gone /gone
Redirect 404 /hidden
Redirect seeother /also http://y.example""",
            [
                get("/old"),
                get("/old/deeper%20path?with=query"),
                get("/older"[:4] + "er"),
                get("/moved/x"),
                get("/see"),
                get("/also"),
                fails(get("/gone")),
                fails(get("/hidden/below")),
                head("/old"),
                request("POST /old HTTP/1.1", body=b"x=1"),
            ],
            TREE,
        ),
    ],
)

REDIRECT_KINDS = Family(
    "RedirectMatch, RedirectTemp, RedirectPermanent",
    [
        Site(
            """
RedirectMatch "^/(.*)\\.gif$" "http://img.example/$1.png"
RedirectTemp /temp http://t.example/
RedirectPermanent /perm http://p.example/
RedirectMatch 410 "^/dead"
RedirectMatch 308 "^/keep/(.*)" "/real/$1"
""",
            [
                get("/a/b.gif"),
                get("/temp"),
                get("/perm/x"),
                fails(get("/deadly")),
                get("/keep/me?x=y"),
                get("/q.gif?a=b"),
            ],
            TREE,
        ),
        Site(
            """
<Location "/here">
Redirect "http://there.example/"
</Location>""",
            [get("/here"), get("/here/and/below")],
            TREE,
        ),
        Site(
            "",
            [
                rejects(
                    "Redirect with a status that takes no target",
                    "Redirect gone /a http://x.example/",
                ),
                rejects("Redirect to something relative", "Redirect /a relative/target"),
            ],
        ),
    ],
)

ORDER = Family(
    "mod_alias order",
    [
        Site(
            """
Alias /a "@ROOT@/real"
Alias /a/b "@ROOT@/other"
Redirect /a/r http://r.example/""",
            [
                fails(get("/a/b/x.txt")),
                get("/a/r/x"),
                get("/a/"),
            ],
            TREE,
        ),
        Site(
            'Alias /a/b "@ROOT@/other"\nAlias /a "@ROOT@/real"',
            [get("/a/b/x.txt"), get("/a/")],
            TREE,
        ),
        Site("RedirectRelative On\nRedirect /old /new", [get("/old/x")], TREE),
        Site(
            "",
            [
                rejects("Alias with one argument", "Alias /only"),
                rejects("AliasMatch with a bad pattern", 'AliasMatch "(" /x'),
                rejects("Redirect with an unknown status", "Redirect sideways /a /b"),
            ],
        ),
    ],
)

FAMILIES = [ALIAS, REDIRECT, REDIRECT_KINDS, ORDER]
