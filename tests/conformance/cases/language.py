"""The configuration language: what -t accepts and refuses, and what conditional sections let through."""

from dsl import Family, Site, accepts, fails, get, rejects

TREE = {
    "index.html": "root\n",
    "a.txt": "a\n",
    "conf/one.conf": "Header append X-Conf one\n",
    "conf/two.conf": "Header append X-Conf two\n",
    "conf/skip.txt": "nonsense\n",
    "conf/deep/three.conf": "Header append X-Conf three\n",
    "bad/bad.conf": "\nFrobnicate on\n",
    "loop/loop.conf": 'Include "@ROOT@/loop/loop.conf"\n',
}

SYNTAX = Family(
    "syntax errors",
    [
        Site(
            "",
            [
                rejects("an unknown directive", "Frobnicate on"),
                rejects("an unclosed section", '<Directory "/x">'),
                rejects("a section closed by another name", '<Directory "/x">\n</Location>'),
                rejects("a section closed that was not open", "</Directory>"),
                rejects("a section without its bracket", '<Directory "/x"\n</Directory>'),
                rejects("an unknown section", "<Frobnicate>\n</Frobnicate>"),
                rejects(
                    "sections crossed",
                    """
<Directory "/x">
<Files "y">
</Directory>
</Files>""",
                ),
                rejects("the third line is wrong", "\n\n\nBogus"),
                rejects(
                    "a continued line",
                    """
Frobnicate \\
  one \\
  two""",
                ),
                accepts(
                    "comments, blank lines and continuation",
                    """
# a comment \\
 still a comment

   ServerAdmin \\
   me@example.org""",
                ),
            ],
        )
    ],
)

ARITY = Family(
    "number and kind of arguments",
    [
        Site(
            "",
            [
                rejects("too few", "DocumentRoot"),
                rejects("too many", "ServerAdmin a b"),
                rejects("neither On nor Off", "KeepAlive Maybe"),
                accepts("not a number where Apache reads 0", "MaxKeepAliveRequests many"),
                rejects("a flag without value", "HostnameLookups"),
                rejects("an unknown word", "LogLevel loud"),
                accepts("a missing quote", 'ServerAdmin "half'),
                accepts("Timeout in words", "Timeout soon"),
                rejects("KeepAliveTimeout in words", "KeepAliveTimeout later"),
                accepts("a quoted argument", "ServerAdmin 'one word'"),
            ],
        )
    ],
)

CONTEXT = Family(
    "context",
    [
        Site(
            "",
            [
                rejects(
                    "Listen in a host",
                    """
<VirtualHost *:80>
Listen 81
</VirtualHost>""",
                ),
                rejects(
                    "ServerName in a directory",
                    """
<Directory "/x">
ServerName y
</Directory>""",
                ),
                rejects(
                    "DocumentRoot in a location",
                    """
<Location "/x">
DocumentRoot "/y"
</Location>""",
                ),
                accepts(
                    "AllowOverride in a location",
                    """
<Location "/x">
AllowOverride All
</Location>""",
                ),
                rejects(
                    "Directory in a directory",
                    """
<Directory "/x">
<Directory "/y">
</Directory>
</Directory>""",
                ),
                rejects(
                    "User in a host",
                    """
<VirtualHost *:80>
User nobody
</VirtualHost>""",
                ),
                rejects(
                    "LoadModule in a host",
                    """
<VirtualHost *:80>
LoadModule x y
</VirtualHost>""",
                    exit_only=True,
                ),
                accepts(
                    "Files in a directory",
                    """
<Directory "/x">
<Files "y">
Require all denied
</Files>
</Directory>""",
                ),
            ],
        )
    ],
)

FILES = Family(
    "names of files and addresses",
    [
        Site(
            "",
            [
                rejects("DocumentRoot that is not there", 'DocumentRoot "/no/such/folder"'),
                rejects("Include of what is not there", 'Include "/no/such/file.conf"'),
                accepts(
                    "IncludeOptional of what is not there", 'IncludeOptional "/no/such/*.conf"'
                ),
                rejects(
                    "LoadModule of an unknown module",
                    "LoadModule nonsense_module /no/such/nonsense.so",
                    exit_only=True,
                ),
                rejects("Listen without port", "Listen 127.0.0.1"),
                rejects("Listen on a port that is none", "Listen 127.0.0.1:99999999"),
                rejects("ErrorLog in a folder that is not there", 'ErrorLog "/no/such/folder/log"'),
                rejects(
                    "CustomLog in a folder that is not there",
                    'CustomLog "/no/such/folder/log" "%U"',
                ),
            ],
        )
    ],
)

CONDITIONAL = Family(
    "IfDefine, IfModule, IfVersion, IfFile",
    [
        Site(
            """
Define LOCAL
<IfDefine LOCAL>
Header append X-If local
</IfDefine>
<IfDefine !LOCAL>
nonsense
</IfDefine>
<IfModule mod_headers.c>
Header append X-If source
</IfModule>
<IfModule headers_module>
Header append X-If module
</IfModule>
<IfModule mod_missing.c>
nonsense
</IfModule>
<IfModule !mod_missing.c>
Header append X-If missing
</IfModule>""",
            [get("/a.txt")],
            TREE,
        ),
        Site(
            """
<IfVersion >= 2.4>
Header append X-If v24
</IfVersion>
<IfVersion < 2.4>
nonsense
</IfVersion>
<IfVersion ~ ^2\\.4>
Header append X-If regex
</IfVersion>
<IfFile "@ROOT@/a.txt">
Header append X-If file
</IfFile>
<IfFile "@ROOT@/none">
nonsense
</IfFile>
<IfDirective Header>
Header append X-If directive
</IfDirective>
<IfSection Directory>
Header append X-If section
</IfSection>""",
            [get("/a.txt")],
            TREE,
        ),
        Site(
            "",
            [
                accepts("an unclosed IfModule at the end", "<IfModule mod_dir.c>"),
                rejects("IfModule without name", "<IfModule>\n</IfModule>"),
                rejects(
                    "an error within a true one",
                    """
<IfModule mod_dir.c>
Frobnicate
</IfModule>""",
                ),
                accepts(
                    "an error within a false one",
                    """
<IfModule mod_nothing.c>
Frobnicate
<Unknown>
</Unknown>
</IfModule>""",
                ),
                rejects("IfVersion with a bad operator", "<IfVersion ?? 2>\n</IfVersion>"),
            ],
        ),
    ],
)

DEFINE = Family(
    "Define and ${}",
    [
        Site(
            """
Define NAME value
Define PATH_OF a.txt
Header set X-Define "is ${NAME}"
<Files "${PATH_OF}">
Header set X-File yes
</Files>
UnDefine NAME
Header set X-After "${NAME}"
""",
            [get("/a.txt"), fails(get("/b.txt"))],
            TREE,
        ),
        Site(
            'Header set X-Env "${FROM_OUTSIDE}"',
            [get("/a.txt")],
            TREE,
            environment={"FROM_OUTSIDE": "outside"},
        ),
        Site(
            "",
            [
                accepts("an unknown variable stays as it is", 'ServerAdmin "${NOTHING}"'),
                rejects("Define with three words", "Define a b c"),
                rejects("a name with a colon", "Define a:b c"),
            ],
        ),
    ],
)

INCLUDE = Family(
    "Include",
    [
        Site('Include "@ROOT@/conf/*.conf"', [get("/a.txt")], TREE),
        Site(
            """
Include "@ROOT@/conf/one.conf"
IncludeOptional "@ROOT@/conf/none*.conf"
IncludeOptional "@ROOT@/conf/d*/*.conf"
""",
            [get("/a.txt")],
            TREE,
        ),
        Site(
            """
<Location "/a.txt">
Include "@ROOT@/conf/two.conf"
</Location>""",
            [get("/a.txt"), get("/")],
            TREE,
        ),
        Site(
            "",
            [
                rejects("an error in an included file", 'Include "@ROOT@/bad/bad.conf"'),
                rejects("a folder with a file that is none", 'Include "@ROOT@/conf"'),
                rejects(  # Apache's line repeats each of the hundred steps until its buffer ends
                    "a file that includes itself",
                    'Include "@ROOT@/loop/loop.conf"',
                    exit_only=True,
                ),
                rejects("a pattern without match", 'Include "@ROOT@/conf/none*.conf"'),
            ],
            TREE,
        ),
    ],
)

QUOTING = Family(
    "quoting",
    [
        Site(
            """
Header set X-A "double \\"inside\\""
Header set X-B 'single "inside"'
Header set X-C bare\\\\backslash
Header set "X-D" "a\\tb"
header SET X-E Case
Header set X-F "continued \\
line"
""",
            [get("/a.txt"), fails(get("/missing"))],
            TREE,
        ),
        Site(
            "",
            [
                accepts(
                    "text after a section's bracket", '<Directory "/x"> trailing\n</Directory>'
                ),
                rejects("an empty argument", 'ServerAdmin ""'),
                rejects("Error", 'Error "stop here"'),
                rejects("Error with a variable", 'Define X stopped\nError "we ${X}"'),
            ],
        ),
    ],
)

FAMILIES = [SYNTAX, ARITY, CONTEXT, FILES, CONDITIONAL, DEFINE, INCLUDE, QUOTING]
