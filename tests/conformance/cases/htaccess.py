""".htaccess files: what they may do, and sections within them."""

from dsl import Family, Site, fails, get, rejects

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


HTACCESS = {
    **TREE,
    "d/.htaccess": says("d/.htaccess") + "\nDirectoryIndex b.html\n",
    "d/e/.htaccess": says("e/.htaccess") + "\n",
    "one/.htaccess": "Require all denied\n",
    "two/.htaccess": "Options +Indexes\n" + says("two") + "\n",
    "three/.htaccess": "Frobnicate on\n",
}

OVERRIDE = Family(
    "AllowOverride",
    [
        Site(
            """
<Directory "@ROOT@">
AllowOverride All
%s
</Directory>"""
            % says("conf"),
            [
                get("/d/a.txt"),
                get("/d/e/a.txt"),
                get("/a.txt"),
                get("/d/"),
                fails(get("/one/")),
                fails(get("/three/")),
                fails(get("/d/.htaccess/x")),
            ],
            HTACCESS,
        ),
        Site(
            """
<Directory "@ROOT@">
AllowOverride FileInfo
</Directory>""",
            [fails(get("/d/a.txt")), get("/d/e/a.txt"), fails(get("/two/"))],
            HTACCESS,
        ),
    ],
)

OVERRIDE_MORE = Family(
    "AllowOverrideList, Nonfatal, AccessFileName",
    [
        Site(
            """
<Directory "@ROOT@">
AllowOverride None
AllowOverrideList Header DirectoryIndex
</Directory>""",
            [get("/d/a.txt"), get("/d/"), fails(get("/one/"))],
            HTACCESS,
        ),
        Site(
            """
<Directory "@ROOT@">
AllowOverride Nonfatal=All
</Directory>""",
            [get("/three/"), get("/one/")],
            HTACCESS,
        ),
        Site(
            """
AccessFileName .other .htaccess
<Directory "@ROOT@">
AllowOverride All
</Directory>""",
            [get("/d/a.txt"), get("/a.txt")],
            {**HTACCESS, ".other": says("other") + "\n"},
        ),
        Site(
            """
<Directory "@ROOT@">
AllowOverride None
</Directory>""",
            [get("/three/"), get("/d/a.txt")],
            HTACCESS,
        ),
        Site(
            "",
            [
                rejects(
                    "AllowOverride what",
                    """
<Directory "/x">
AllowOverride Everything
</Directory>""",
                )
            ],
        ),
    ],
)

HTACCESS_SECTIONS = Family(
    "sections in .htaccess",
    [
        Site(
            """
<Directory "@ROOT@">
AllowOverride All
</Directory>""",
            [
                get("/files/a.txt"),
                get("/files/b.txt"),
                get("/if/a.txt?yes"),
                get("/if/a.txt"),
                fails(get("/dir/a.txt")),
                fails(get("/unclosed/a.txt")),
                fails(get("/server/a.txt")),
                get("/module/a.txt"),
            ],
            {
                "files/.htaccess": '<Files "a.txt">\n' + says("files") + "\n</Files>\n",
                "files/a.txt": "a",
                "files/b.txt": "b",
                "if/.htaccess": "<If \"%{QUERY_STRING} == 'yes'\">\n" + says("if") + "\n</If>\n",
                "if/a.txt": "a",
                "dir/.htaccess": '<Directory "/">\n</Directory>\n',
                "dir/a.txt": "a",
                "unclosed/.htaccess": '<Files "a.txt">\n',
                "unclosed/a.txt": "a",
                "server/.htaccess": "Listen 80\n",
                "server/a.txt": "a",
                "module/.htaccess": "<IfModule mod_headers.c>\n"
                + says("module")
                + """
</IfModule>
<IfModule !mod_headers.c>
nonsense
</IfModule>
""",
                "module/a.txt": "a",
            },
        ),
    ],
)

FAMILIES = [OVERRIDE, OVERRIDE_MORE, HTACCESS_SECTIONS]
