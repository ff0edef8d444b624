"""mod_autoindex: what a directory without an index looks like."""

from dsl import MODULES, Family, Site, accepts, fails, get, head, rejects, request

AUTOINDEX = MODULES + " autoindex"
LONG = "a-file-with-a-name-that-is-longer-than-the-column-it-stands-in.txt"
TREE = {
    "list/a.txt": "a\n",
    "list/B.html": "<html><head><title>The\ntitle of B</title></head></html>\n",
    "list/c & <d> \"e\" '%41?#.txt": "odd\n",
    "list/%s" % LONG: 3000,
    "list/big.bin": 1300000,
    "list/foo-1.7.tar.gz": 99999,
    "list/foo-1.12.tar.gz": 1024,
    "list/foo-1.001": 1023,
    "list/.hidden": "h",
    "list/sub/x.txt": "x\n",
    "list/sub2/index.html": "index of sub2\n",
    "list/Upper/x.txt": "x\n",
    "empty/.keep": "",
    "fragments/header.html": "<h2>head</h2>\n",
    "fragments/plain.txt": "a < b & c > d\n",
    "fragments/readme.html": "<p>read me</p>\n",
}


def listing(options, *rest, tree=None, **more):
    text = '<Directory "@ROOT@">\nOptions +Indexes\n%s\n</Directory>' % options
    return Site(text, list(rest), tree or TREE, modules=AUTOINDEX, **more)


def options(words):
    return "IndexOptions " + words


PLAIN = Family(
    "Options Indexes, plain listings",
    [
        listing("", get("/list/"), head("/list/"), get("/empty/"), get("/"), get("/list/sub2/")),
        Site(
            "",
            [fails(get("/list/")), fails(head("/list/")), fails(request("PUT /list/ HTTP/1.1"))],
            TREE,
            modules=AUTOINDEX,
        ),
        Site(
            '<Directory "@ROOT@">\nOptions Indexes\n</Directory>',
            [fails(get("/list/")), fails(get("/empty/"))],
            TREE,
        ),
    ],
)

FANCY = Family(
    "IndexOptions FancyIndexing",
    [
        listing(options("FancyIndexing"), get("/list/"), get("/list/?F=0"), get("/list/?F=2")),
        listing(options("FancyIndexing NameWidth=* DescriptionWidth=*"), get("/list/")),
        listing(
            options("FancyIndexing SuppressIcon SuppressRules SuppressSize SuppressLastModified")
            + "\nAddDescription \"a <b>very</b> long description of a &auml; file, longer than its column\" a.txt",
            get("/list/"),
        ),
        listing(options("FancyIndexing XHTML IconsAreLinks NameWidth=12"), get("/list/")),
        listing(
            options("FancyIndexing SuppressDescription SuppressColumnSorting IconWidth IconHeight=30 UseOldDateFormat")
            + "\nDefaultIcon /icons/unknown.gif\nAddIcon /icons/blank.gif ^^BLANKICON^^",
            get("/list/"),
        ),
        Site("", [rejects("no such option", "IndexOptions Fancy")], modules=AUTOINDEX),
    ],
)

TABLE = Family(
    "IndexOptions HTMLTable",
    [
        listing(options("FancyIndexing HTMLTable"), get("/list/"), get("/empty/")),
        listing(options("FancyIndexing HTMLTable XHTML NameWidth=* DescriptionWidth=*"), get("/list/")),
        listing(
            options("HTMLTable FancyIndexing AddAltClass SuppressRules IconsAreLinks IconWidth=11 IconHeight=12")
            + "\nIndexStyleSheet /style.css\nIndexHeadInsert \"  <meta name='a'>\"\nDefaultIcon /i/d.png\n"
            "AddIcon /i/b.png ^^BLANKICON^^\nAddIcon (DIR,/i/dir.png) ^^DIRECTORY^^\nAddAlt TXT .txt",
            get("/list/"),
        ),
        listing(
            options("HTMLTable SuppressIcon SuppressLastModified SuppressSize SuppressDescription"),
            get("/list/"),
        ),
        listing(
            options("HTMLTable FancyIndexing NameWidth=10 DescriptionWidth=12")
            + '\nAddDescription "the description of every text" *.txt\nIndexStyleSheet "/s.css"',
            get("/list/"),
        ),
        Site("", [rejects("a narrow name", "IndexOptions NameWidth=4")], modules=AUTOINDEX),
    ],
)

SORTING = Family(
    "Sorting",
    [
        listing(
            options("FancyIndexing"),
            get("/list/?C=S;O=D"),
            get("/list/?C=M&O=A"),
            get("/list/?C=D;O=A;F=1;V=1;P=*.tar.gz"),
            get("/list/?O=D;P=%5ba-c%5d*"),
            get("/list/?C=X"),
            get("/list/?V=1;P="),
        ),
        listing(options("FancyIndexing VersionSort FoldersFirst IgnoreCase"), get("/list/"), get("/list/?C=N;O=D")),
        listing(options("FancyIndexing IgnoreClient") + "\nIndexOrderDefault Descending Size", get("/list/?C=N;O=A;F=2")),
        Site("", [rejects("no direction", "IndexOrderDefault Up Name")], modules=AUTOINDEX),
    ],
)

SORTING_MORE = Family(
    "Sorting, orders and widths refused",
    [
        listing(options("FancyIndexing IgnoreCase"), get("/list/")),
        listing(options("FancyIndexing VersionSort"), get("/list/"), get("/list/?C=D;O=D;V=0")),
        listing(options("FoldersFirst"), get("/list/")),
        Site(
            "",
            [
                rejects("no key", "IndexOrderDefault Ascending Colour"),
                rejects("None and others", "IndexOptions None FancyIndexing"),
                rejects("plus None", "IndexOptions +None"),
                rejects("minus with a value", "IndexOptions -NameWidth=20"),
                rejects("NameWidth alone", "IndexOptions NameWidth"),
            ],
            modules=AUTOINDEX,
        ),
    ],
)

DECORATION = Family(
    "AddIcon, AddAlt, AddDescription",
    [
        listing(
            options("FancyIndexing")
            + """
AddType application/x-tar .tar
AddEncoding x-gzip .gz
AddIcon /icons/dir.gif ^^DIRECTORY^^
AddIcon /icons/back.gif ..
AddIcon (TXT,/icons/text.gif) .txt
AddIcon /icons/sub.gif sub
AddIconByType (HTM,/icons/html.gif) text/html
AddIconByEncoding /icons/compressed.gif x-gzip
AddAltByType bin application/octet-stream
AddAltByEncoding gz x-gzip
AddAlt "a & b" *.bin
AddDescription "up" ..
AddDescription "one <b>file</b>" a.txt
AddDescription "subs" */list/sub
DefaultIcon /icons/unknown.gif
""",
            get("/list/"),
            get("/list/?F=2"),
            get("/list/?F=2;C=D;O=D"),
        ),
        listing(
            options("FancyIndexing ScanHTMLTitles") + "\nAddIcon /i/d.gif **DIRECTORY**\nAddAlt D **DIRECTORY**",
            get("/list/"),
            get("/list/?C=D"),
        ),
        Site("", [rejects("no parenthesis", "AddIcon (TXT,/a.gif .txt")], modules=AUTOINDEX),
        Site("", [rejects("one word", "AddDescription text")], modules=AUTOINDEX),
        Site("", [rejects("no name", "AddAlt text")], modules=AUTOINDEX),
    ],
)

FRAGMENTS = Family(
    "HeaderName, ReadmeName",
    [
        listing("HeaderName /fragments/header.html\nReadmeName /fragments/readme.html", get("/list/sub/"), head("/list/sub/")),
        listing("HeaderName /fragments/plain.txt\nReadmeName /fragments/plain.txt", get("/list/sub/")),
        listing(
            options("SuppressHTMLPreamble") + "\nHeaderName /fragments/header.html\nReadmeName /fragments/readme.html",
            get("/list/sub/"),
        ),
        listing("HeaderName missing.html\nReadmeName missing.html", get("/list/sub/")),
        listing("ServerSignature On\nHeaderName x.txt", get("/list/sub/?x=1"), get("/list/"), log="%>s ~%b~"),
        Site('<Location "/">\nOptions Indexes\n</Location>\nHeaderName /fragments/header.html', [get("/list/sub/")], TREE, modules=AUTOINDEX),
        Site("", [rejects("no name", "HeaderName")], modules=AUTOINDEX),
        Site("", [rejects("two names", "ReadmeName a b")], modules=AUTOINDEX),
    ],
)

VISIBILITY = Family(
    "What is listed",
    [
        listing(
            """IndexIgnore .??* *.gz sub2
<Files "a.txt">
Require all denied
</Files>
<Files "big.bin">
Require all denied
</Files>""",
            get("/list/"),
        ),
        listing(
            """IndexOptions ShowForbidden FancyIndexing
<Files "a.txt">
Require all denied
</Files>""",
            get("/list/"),
        ),
        listing(
            "IndexIgnore *.txt ..\n</Directory>\n<Directory \"@ROOT@/list\">\nIndexIgnoreReset ON\nIndexIgnore *.gz",
            get("/list/"),
            get("/empty/"),
        ),
        Site(
            'IndexIgnore *.txt\n<Directory "@ROOT@">\nOptions Indexes\nIndexIgnore *.gz\n</Directory>',
            [get("/list/"), get("/list/sub/")],
            TREE,
            modules=AUTOINDEX,
        ),
        Site("", [rejects("neither", "IndexIgnoreReset maybe")], modules=AUTOINDEX),
        Site("", [rejects("no names", "IndexIgnore")], modules=AUTOINDEX),
    ],
)

LINKS = Family(
    "Links and unreadable files in a listing",
    [
        listing(
            options("FancyIndexing"),
            get("/links/"),
            tree={
                "links/to-file": ("link", "target.txt"),
                "links/to-dir": ("link", "../other"),
                "links/broken": ("link", "nowhere"),
                "links/target.txt": "target\n",
                "links/unreadable.txt": "secret\n",
                "links/café.txt": "utf-8\n",
                "other/x": "x",
            },
        ),
        Site(
            '<Directory "@ROOT@">\nOptions Indexes\nIndexOptions FancyIndexing\n</Directory>',
            [get("/links/")],
            {"links/to-file": ("link", "target.txt"), "links/target.txt": "target\n", "links/to-dir": ("link", "../other"), "other/x": "x"},
            modules=AUTOINDEX,
        ),
        Site('<Directory "@ROOT@">\nOptions -Indexes\n</Directory>', [fails(get("/links/"))], {"links/x": ""}, modules=AUTOINDEX),
    ],
)

KINDS = Family(
    "IndexOptions Type, Charset, TrackModified",
    [
        listing(options("Type=text/plain Charset=UTF-8"), get("/list/sub/")),
        listing(options("Charset="), get("/list/sub/"), head("/list/sub/")),
        listing(options("TrackModified"), get("/list/sub/"), head("/list/sub/")),
        listing(options("None"), get("/list/sub/")),
        Site("", [rejects("a value missing", "IndexOptions DescriptionWidth")], modules=AUTOINDEX),
        Site("", [rejects("too narrow", "IndexOptions DescriptionWidth=11")], modules=AUTOINDEX),
        Site("", [rejects("minus with a width", "IndexOptions -IconWidth=3")], modules=AUTOINDEX),
    ],
)

MERGING = Family(
    "IndexOptions merged",
    [
        Site(
            """IndexOptions FancyIndexing SuppressSize
<Directory "@ROOT@">
Options Indexes
</Directory>
<Directory "@ROOT@/list/sub">
IndexOptions +SuppressIcon -SuppressSize
</Directory>
<Directory "@ROOT@/list/Upper">
IndexOptions None
</Directory>
<Directory "@ROOT@/empty">
IndexOptions FancyIndexing +SuppressIcon
</Directory>""",
            [get("/list/sub/"), get("/list/Upper/"), get("/empty/"), get("/fragments/")],
            TREE,
            modules=AUTOINDEX,
        ),
        Site(
            'IndexOptions +FancyIndexing\n<Directory "@ROOT@">\nOptions Indexes\n</Directory>',
            [get("/list/sub/")],
            TREE,
            modules=AUTOINDEX,
        ),
        Site(
            """AddIcon /outer.gif .txt
IndexOptions FancyIndexing
<Directory "@ROOT@">
Options Indexes
AddIcon /inner.gif .txt
</Directory>
<Location "/list">
AddIcon /location.gif .html
AddDescription location .txt
</Location>
<If "true">
AddIcon /if.gif sub
</If>""",
            [get("/list/"), get("/list/sub/")],
            TREE,
            modules=AUTOINDEX,
        ),
        Site("", [accepts("with a value", "IndexOptions NameWidth=* IconWidth=20"), rejects("nonsense", "IndexOptions +Shiny")], modules=AUTOINDEX),
    ],
)

FAMILIES = [PLAIN, FANCY, TABLE, SORTING, SORTING_MORE, DECORATION, FRAGMENTS, VISIBILITY, LINKS, KINDS, MERGING]
