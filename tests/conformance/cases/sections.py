"""Which section wins."""

from dsl import Family, Site, accepts, fails, get, rejects

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


def says(who, how="set"):
    return 'Header %s X-Who "%s"' % (how, who)


MERGE = Family(
    "merge order",
    [
        Site(
            """
<Location "/d">
%s
</Location>
<Files "a.txt">
%s
</Files>
<Directory "@ROOT@/d">
%s
</Directory>
<If "true">
%s
</If>"""
            % (
                says("location", "append"),
                says("files", "append"),
                says("directory", "append"),
                says("if", "append"),
            ),
            [get("/d/a.txt"), get("/d/b.html"), get("/a.txt"), fails(get("/d/missing"))],
            TREE,
        ),
        Site(
            """
<Directory "@ROOT@/d/e">
%s
</Directory>
<Directory "@ROOT@">
%s
</Directory>
<DirectoryMatch "/d">
%s
</DirectoryMatch>
<Directory "@ROOT@/*">
%s
</Directory>"""
            % (
                says("e", "append"),
                says("root", "append"),
                says("match", "append"),
                says("wild", "append"),
            ),
            [get("/d/e/a.txt"), get("/d/a.txt"), get("/a.txt")],
            TREE,
        ),
        Site(
            """
<Location "/">
%s
</Location>
<LocationMatch "^/d">
%s
</LocationMatch>
<Location "/d/e">
%s
</Location>
<Location "/d">
%s
</Location>"""
            % (
                says("slash", "append"),
                says("match", "append"),
                says("e", "append"),
                says("d", "append"),
            ),
            [get("/d/e/a.txt"), get("/d/a.txt"), get("/a.txt")],
            TREE,
        ),
    ],
)

PATTERNS = Family(
    "section patterns",
    [
        Site(
            """
<Files "*.txt">
%s
</Files>
<FilesMatch "\\.(html|htm)$">
%s
</FilesMatch>
<Files ~ "^b">
%s
</Files>"""
            % (says("glob", "append"), says("match", "append"), says("tilde", "append")),
            [get("/d/a.txt"), get("/d/b.html")],
            TREE,
        ),
        Site(
            """
<LocationMatch "^/(?<part>[a-z]+)/(.*)$">
Header set X-Part "%{MATCH_PART}e"
</LocationMatch>
<Location "/d/*.html">
"""
            + says("location-glob")
            + "\n</Location>",
            [get("/d/a.txt"), get("/d/b.html")],
            TREE,
        ),
        Site(
            """
<Directory ~ "/(d|e)$">
%s
</Directory>
<Location "/one/">
%s
</Location>"""
            % (says("regex"), says("one/")),
            [get("/d/a.txt"), get("/one"), get("/one/"), fails(get("/onerous"))],
            TREE,
        ),
        Site(
            "",
            [
                rejects("a bad pattern", '<LocationMatch "(">\n</LocationMatch>'),
                rejects("no argument", "<Directory>\n</Directory>"),
            ],
        ),
    ],
)

IF = Family(
    "If, ElseIf, Else",
    [
        Site(
            "<If \"%{HTTP:X-A} == '1'\">\n"
            + says("if")
            + "\n</If>\n<ElseIf \"%{HTTP:X-B} == '1'\">\n"
            + says("elseif")
            + "\n</ElseIf>\n<Else>\n"
            + says("else")
            + "\n</Else>",
            [
                get("/a.txt", "X-A: 1"),
                get("/a.txt", "X-B: 1"),
                get("/a.txt"),
                get("/a.txt", "X-A: 1", "X-B: 1"),
            ],
            TREE,
        ),
        Site(
            """
<If "%{REQUEST_URI} =~ m#^/d/#">
Require all denied
</If>""",
            [fails(get("/d/a.txt")), get("/a.txt")],
            TREE,
        ),
        Site(
            """
<Directory "@ROOT@/d">
<If "-R '127.0.0.0/8' && %{QUERY_STRING} in {'x', 'y'}">
"""
            + says("nested")
            + "\n</If>\n</Directory>",
            [get("/d/a.txt?x"), get("/d/a.txt?z"), get("/a.txt?x")],
            TREE,
        ),
        Site("", [rejects("an expression that does not parse", '<If "%{X} ===">\n</If>')]),
    ],
)

IF_BEHIND_INDEX = Family(
    "If behind an index",
    [
        # What holds inside of a condition is lost behind an index where the walks of both requests
        # meet: with one level (the first host) they do not.
        Site(
            "<If true>\n<If \"%{IS_SUBREQ} == 'true'\">\n" + says("inner") + "\n</If>\n</If>",
            [get("/one/"), get("/one/index.html")],
            TREE,
        ),
        Site(
            "<If true>\n<If \"%{IS_SUBREQ} == 'true'\">\n"
            + says("inner")
            + "\n<If false>\n</If>\n</If>\n</If>",
            [get("/one/"), get("/one/index.html")],
            TREE,
        ),
        Site("", [rejects("an Else before its If", "<Else>\n</Else>")]),
    ],
)

OPTIONS = Family(
    "Options",
    [
        Site(
            """
<Directory "@ROOT@">
Options Indexes FollowSymLinks
AllowOverride Options=Indexes
</Directory>""",
            [fails(get("/bad/a.txt")), get("/good/a.txt"), fails(get("/link/a.txt"))],
            {
                "bad/.htaccess": "Options -FollowSymLinks\n",
                "bad/a.txt": "a",
                "good/.htaccess": "Options -Indexes\n",
                "good/a.txt": "a",
                "link": ("link", "missing"),
            },
        ),
        Site(
            "",
            [
                rejects(
                    "plus and bare words mixed",
                    """
<Directory "/x">
Options Indexes +FollowSymLinks
</Directory>""",
                ),
                rejects(
                    "an unknown option",
                    """
<Directory "/x">
Options Teleport
</Directory>""",
                ),
                accepts(
                    "all of them",
                    """
<Directory "/x">
Options +Indexes -Includes +MultiViews
</Directory>""",
                ),
            ],
        ),
    ],
)

FAMILIES = [MERGE, PATTERNS, IF, IF_BEHIND_INDEX, OPTIONS]
