"""The configuration language: what -t accepts and refuses, and what conditional sections let through."""

from dsl import Family, Site, accepts, fails, get, rejects

TREE = {"index.html": "root\n", "a.txt": "a\n", "conf/one.conf": 'Header append X-Conf one\n', "conf/two.conf": 'Header append X-Conf two\n',
        "conf/skip.txt": "nonsense\n", "conf/deep/three.conf": 'Header append X-Conf three\n', "bad/bad.conf": "\nFrobnicate on\n", "loop/loop.conf": 'Include "@ROOT@/loop/loop.conf"\n'}

SYNTAX = Family("syntax errors", [Site("", [
    rejects("an unknown directive", "Frobnicate on"),
    rejects("an unclosed section", '<Directory "/x">'),
    rejects("a section closed by another name", '<Directory "/x">\n</Location>'),
    rejects("a section closed that was not open", "</Directory>"),
    rejects("a section without its bracket", '<Directory "/x"\n</Directory>'),
    rejects("an unknown section", "<Frobnicate>\n</Frobnicate>"),
    rejects("sections crossed", '<Directory "/x">\n<Files "y">\n</Directory>\n</Files>'),
    rejects("the third line is wrong", "\n\n\nBogus"),
    rejects("a continued line", "Frobnicate \\\n  one \\\n  two"),
    accepts("comments, blank lines and continuation", "# a comment \\\n still a comment\n\n   ServerAdmin \\\n   me@example.org"),
])])

ARITY = Family("number and kind of arguments", [Site("", [
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
])])

CONTEXT = Family("context", [Site("", [
    rejects("Listen in a host", "<VirtualHost *:80>\nListen 81\n</VirtualHost>"),
    rejects("ServerName in a directory", '<Directory "/x">\nServerName y\n</Directory>'),
    rejects("DocumentRoot in a location", '<Location "/x">\nDocumentRoot "/y"\n</Location>'),
    accepts("AllowOverride in a location", '<Location "/x">\nAllowOverride All\n</Location>'),
    rejects("Directory in a directory", '<Directory "/x">\n<Directory "/y">\n</Directory>\n</Directory>'),
    rejects("User in a host", "<VirtualHost *:80>\nUser nobody\n</VirtualHost>"),
    rejects("LoadModule in a host", "<VirtualHost *:80>\nLoadModule x y\n</VirtualHost>"),
    accepts("Files in a directory", '<Directory "/x">\n<Files "y">\nRequire all denied\n</Files>\n</Directory>'),
])])

FILES = Family("names of files and addresses", [Site("", [
    rejects("DocumentRoot that is not there", 'DocumentRoot "/no/such/folder"'),
    rejects("Include of what is not there", 'Include "/no/such/file.conf"'),
    accepts("IncludeOptional of what is not there", 'IncludeOptional "/no/such/*.conf"'),
    rejects("LoadModule of an unknown module", "LoadModule nonsense_module /no/such/nonsense.so"),
    rejects("Listen without port", "Listen 127.0.0.1"),
    rejects("Listen on a port that is none", "Listen 127.0.0.1:99999999"),
    rejects("ErrorLog in a folder that is not there", 'ErrorLog "/no/such/folder/log"'),
    rejects("CustomLog in a folder that is not there", 'CustomLog "/no/such/folder/log" "%U"'),
])])

CONDITIONAL = Family("IfDefine, IfModule, IfVersion, IfFile", [
    Site("Define LOCAL\n<IfDefine LOCAL>\nHeader append X-If local\n</IfDefine>\n<IfDefine !LOCAL>\nnonsense\n</IfDefine>\n<IfModule mod_headers.c>\nHeader append X-If source\n</IfModule>\n"
         "<IfModule headers_module>\nHeader append X-If module\n</IfModule>\n<IfModule mod_missing.c>\nnonsense\n</IfModule>\n<IfModule !mod_missing.c>\nHeader append X-If missing\n</IfModule>", [get("/a.txt")], TREE),
    Site('<IfVersion >= 2.4>\nHeader append X-If v24\n</IfVersion>\n<IfVersion < 2.4>\nnonsense\n</IfVersion>\n<IfVersion ~ ^2\\.4>\nHeader append X-If regex\n</IfVersion>\n<IfFile "@ROOT@/a.txt">\nHeader append X-If file\n</IfFile>\n'
         '<IfFile "@ROOT@/none">\nnonsense\n</IfFile>\n<IfDirective Header>\nHeader append X-If directive\n</IfDirective>\n<IfSection Directory>\nHeader append X-If section\n</IfSection>', [get("/a.txt")], TREE),
    Site("", [accepts("an unclosed IfModule at the end", "<IfModule mod_dir.c>"), rejects("IfModule without name", "<IfModule>\n</IfModule>"), rejects("an error within a true one", "<IfModule mod_dir.c>\nFrobnicate\n</IfModule>"),
              accepts("an error within a false one", "<IfModule mod_nothing.c>\nFrobnicate\n<Unknown>\n</Unknown>\n</IfModule>"), rejects("IfVersion with a bad operator", "<IfVersion ?? 2>\n</IfVersion>")]),
])

DEFINE = Family("Define and ${}", [
    Site('Define NAME value\nDefine PATH_OF a.txt\nHeader set X-Define "is ${NAME}"\n<Files "${PATH_OF}">\nHeader set X-File yes\n</Files>\nUnDefine NAME\nHeader set X-After "${NAME}"', [get("/a.txt"), fails(get("/b.txt"))], TREE),
    Site('Header set X-Env "${FROM_OUTSIDE}"', [get("/a.txt")], TREE, environment={"FROM_OUTSIDE": "outside"}),
    Site("", [accepts("an unknown variable stays as it is", 'ServerAdmin "${NOTHING}"'), rejects("Define with three words", "Define a b c"), rejects("a name with a colon", "Define a:b c")]),
])

INCLUDE = Family("Include", [
    Site('Include "@ROOT@/conf/*.conf"', [get("/a.txt")], TREE),
    Site('Include "@ROOT@/conf/one.conf"\nIncludeOptional "@ROOT@/conf/none*.conf"\nIncludeOptional "@ROOT@/conf/d*/*.conf"', [get("/a.txt")], TREE),
    Site('<Location "/a.txt">\nInclude "@ROOT@/conf/two.conf"\n</Location>', [get("/a.txt"), get("/")], TREE),
    Site("", [rejects("an error in an included file", 'Include "@ROOT@/bad/bad.conf"'), rejects("a folder with a file that is none", 'Include "@ROOT@/conf"'),
              rejects("a file that includes itself", 'Include "@ROOT@/loop/loop.conf"'), rejects("a pattern without match", 'Include "@ROOT@/conf/none*.conf"')], TREE),
])

QUOTING = Family("quoting", [
    Site('Header set X-A "double \\"inside\\""\nHeader set X-B \'single "inside"\'\nHeader set X-C bare\\\\backslash\nHeader set "X-D" "a\\tb"\nheader SET X-E Case\nHeader set X-F "continued \\\nline"', [get("/a.txt"), fails(get("/missing"))], TREE),
    Site("", [accepts("text after a section's bracket", '<Directory "/x"> trailing\n</Directory>'), rejects("an empty argument", 'ServerAdmin ""'),
              rejects("Error", 'Error "stop here"'), rejects("Error with a variable", 'Define X stopped\nError "we ${X}"')]),
])

FAMILIES = [SYNTAX, ARITY, CONTEXT, FILES, CONDITIONAL, DEFINE, INCLUDE, QUOTING]
