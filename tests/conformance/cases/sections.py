"""Which section wins, .htaccess, ErrorDocument, virtual hosts, how the server names itself."""

from dsl import Family, Site, accepts, fails, get, head, raw, rejects, request

TREE = {"index.html": "root\n", "a.txt": "a\n", "d/a.txt": "a\n", "d/b.html": "b\n", "d/e/a.txt": "e\n", "one/index.html": "one\n", "two/index.html": "two\n",
        "three/index.html": "three\n", "gone.html": "a page about it\n"}


def says(who, how="set"):
    return 'Header %s X-Who "%s"' % (how, who)


MERGE = Family("merge order", [
    Site('<Location "/d">\n%s\n</Location>\n<Files "a.txt">\n%s\n</Files>\n<Directory "@ROOT@/d">\n%s\n</Directory>\n<If "true">\n%s\n</If>' % (
        says("location", "append"), says("files", "append"), says("directory", "append"), says("if", "append")), [get("/d/a.txt"), get("/d/b.html"), get("/a.txt"), fails(get("/d/missing"))], TREE),
    Site('<Directory "@ROOT@/d/e">\n%s\n</Directory>\n<Directory "@ROOT@">\n%s\n</Directory>\n<DirectoryMatch "/d">\n%s\n</DirectoryMatch>\n<Directory "@ROOT@/*">\n%s\n</Directory>' % (
        says("e", "append"), says("root", "append"), says("match", "append"), says("wild", "append")), [get("/d/e/a.txt"), get("/d/a.txt"), get("/a.txt")], TREE),
    Site('<Location "/">\n%s\n</Location>\n<LocationMatch "^/d">\n%s\n</LocationMatch>\n<Location "/d/e">\n%s\n</Location>\n<Location "/d">\n%s\n</Location>' % (
        says("slash", "append"), says("match", "append"), says("e", "append"), says("d", "append")), [get("/d/e/a.txt"), get("/d/a.txt"), get("/a.txt")], TREE),
])

PATTERNS = Family("section patterns", [
    Site('<Files "*.txt">\n%s\n</Files>\n<FilesMatch "\\.(html|htm)$">\n%s\n</FilesMatch>\n<Files ~ "^b">\n%s\n</Files>' % (
        says("glob", "append"), says("match", "append"), says("tilde", "append")), [get("/d/a.txt"), get("/d/b.html")], TREE),
    Site('<LocationMatch "^/(?<part>[a-z]+)/(.*)$">\nHeader set X-Part "%{MATCH_PART}e"\n</LocationMatch>\n<Location "/d/*.html">\n' + says("location-glob") + '\n</Location>', [get("/d/a.txt"), get("/d/b.html")], TREE),
    Site('<Directory ~ "/(d|e)$">\n%s\n</Directory>\n<Location "/one/">\n%s\n</Location>' % (says("regex"), says("one/")), [get("/d/a.txt"), get("/one"), get("/one/"), fails(get("/onerous"))], TREE),
    Site("", [rejects("a bad pattern", '<LocationMatch "(">\n</LocationMatch>'), rejects("no argument", "<Directory>\n</Directory>")]),
])

IF = Family("If, ElseIf, Else", [
    Site('<If "%{HTTP:X-A} == \'1\'">\n' + says("if") + '\n</If>\n<ElseIf "%{HTTP:X-B} == \'1\'">\n' + says("elseif") + '\n</ElseIf>\n<Else>\n' + says("else") + '\n</Else>', [
        get("/a.txt", "X-A: 1"), get("/a.txt", "X-B: 1"), get("/a.txt"), get("/a.txt", "X-A: 1", "X-B: 1")], TREE),
    Site('<If "%{REQUEST_URI} =~ m#^/d/#">\nRequire all denied\n</If>', [fails(get("/d/a.txt")), get("/a.txt")], TREE),
    Site('<Directory "@ROOT@/d">\n<If "-R \'127.0.0.0/8\' && %{QUERY_STRING} in {\'x\', \'y\'}">\n' + says("nested") + '\n</If>\n</Directory>', [get("/d/a.txt?x"), get("/d/a.txt?z"), get("/a.txt?x")], TREE),
    Site("", [rejects("an expression that does not parse", '<If "%{X} ===">\n</If>')]),
])

HTACCESS = {**TREE, "d/.htaccess": says("d/.htaccess") + "\nDirectoryIndex b.html\n", "d/e/.htaccess": says("e/.htaccess") + "\n",
            "one/.htaccess": "Require all denied\n", "two/.htaccess": "Options +Indexes\n" + says("two") + "\n", "three/.htaccess": "Frobnicate on\n"}
OVERRIDE = Family("AllowOverride", [
    Site('<Directory "@ROOT@">\nAllowOverride All\n%s\n</Directory>' % says("conf"), [get("/d/a.txt"), get("/d/e/a.txt"), get("/a.txt"), get("/d/"), fails(get("/one/")), fails(get("/three/")), fails(get("/d/.htaccess/x"))], HTACCESS),
    Site('<Directory "@ROOT@">\nAllowOverride FileInfo\n</Directory>', [fails(get("/d/a.txt")), get("/d/e/a.txt"), fails(get("/two/"))], HTACCESS),
])
OVERRIDE_MORE = Family("AllowOverrideList, Nonfatal, AccessFileName", [
    Site('<Directory "@ROOT@">\nAllowOverride None\nAllowOverrideList Header DirectoryIndex\n</Directory>', [get("/d/a.txt"), get("/d/"), fails(get("/one/"))], HTACCESS),
    Site('<Directory "@ROOT@">\nAllowOverride Nonfatal=All\n</Directory>', [get("/three/"), get("/one/")], HTACCESS),
    Site('AccessFileName .other .htaccess\n<Directory "@ROOT@">\nAllowOverride All\n</Directory>', [get("/d/a.txt"), get("/a.txt")], {**HTACCESS, ".other": says("other") + "\n"}),
    Site('<Directory "@ROOT@">\nAllowOverride None\n</Directory>', [get("/three/"), get("/d/a.txt")], HTACCESS),
    Site("", [rejects("AllowOverride what", '<Directory "/x">\nAllowOverride Everything\n</Directory>')]),
])
HTACCESS_SECTIONS = Family("sections in .htaccess", [
    Site('<Directory "@ROOT@">\nAllowOverride All\n</Directory>', [
        get("/files/a.txt"), get("/files/b.txt"), get("/if/a.txt?yes"), get("/if/a.txt"), fails(get("/dir/a.txt")), fails(get("/unclosed/a.txt")), fails(get("/server/a.txt")), get("/module/a.txt"),
    ], {"files/.htaccess": '<Files "a.txt">\n' + says("files") + '\n</Files>\n', "files/a.txt": "a", "files/b.txt": "b", "if/.htaccess": '<If "%{QUERY_STRING} == \'yes\'">\n' + says("if") + "\n</If>\n",
        "if/a.txt": "a", "dir/.htaccess": '<Directory "/">\n</Directory>\n', "dir/a.txt": "a", "unclosed/.htaccess": '<Files "a.txt">\n', "unclosed/a.txt": "a", "server/.htaccess": "Listen 80\n", "server/a.txt": "a",
        "module/.htaccess": "<IfModule mod_headers.c>\n" + says("module") + "\n</IfModule>\n<IfModule !mod_headers.c>\nnonsense\n</IfModule>\n", "module/a.txt": "a"}),
])

OPTIONS = Family("Options", [
    Site('<Directory "@ROOT@">\nOptions Indexes FollowSymLinks\nAllowOverride Options=Indexes\n</Directory>', [fails(get("/bad/a.txt")), get("/good/a.txt"), fails(get("/link/a.txt"))],
         {"bad/.htaccess": "Options -FollowSymLinks\n", "bad/a.txt": "a", "good/.htaccess": "Options -Indexes\n", "good/a.txt": "a", "link": ("link", "missing")}),
    Site("", [rejects("plus and bare words mixed", '<Directory "/x">\nOptions Indexes +FollowSymLinks\n</Directory>'), rejects("an unknown option", '<Directory "/x">\nOptions Teleport\n</Directory>'),
              accepts("all of them", '<Directory "/x">\nOptions +Indexes -Includes +MultiViews\n</Directory>')]),
])

ERROR_DOCUMENT = Family("ErrorDocument", [
    Site('ErrorDocument 404 "It is <b>not</b> here: \\"sorry\\""\nErrorDocument 403 /gone.html\nErrorDocument 405 http://help.example/405\n<Location "/no">\nRequire all denied\n</Location>', [
        fails(get("/missing")), fails(get("/no/x")), request("DELETE /a.txt HTTP/1.1"), fails(head("/missing")), fails(head("/no"))], TREE, log='"%r" %s %>s %U'),
    Site('ErrorDocument 404 /also-missing\nErrorDocument 400 "bad"', [fails(get("/missing")), fails(raw("a 400", b"GET / HTTP/1.1\r\n\r\n"))], TREE),
    Site('ErrorDocument 404 /gone.html\n<Location "/d">\nErrorDocument 404 default\n</Location>', [fails(get("/missing", "Range: bytes=0-1", "If-None-Match: *")), fails(get("/d/missing"))], TREE),
    Site("", [rejects("a status that is none", "ErrorDocument 99 x")]),
])

ERROR_DOCUMENT_ENV = Family("ErrorDocument, what the document sees", [
    Site('ErrorDocument 404 /gone.html\nHeader always set X-Status "%{REDIRECT_STATUS}e"\nHeader always set X-Url "%{REDIRECT_URL}e"\nHeader always set X-Query "%{REDIRECT_QUERY_STRING}e"\nSetEnv MINE 1\nHeader always set X-Mine "%{REDIRECT_MINE}e"',
         [fails(get("/missing?q=1"))], TREE),
    Site('ErrorDocument 404 "%{REQUEST_URI} was not found"', [fails(get("/missing"))], TREE),
    Site('ErrorDocument 404 /gone.html\n<Files "gone.html">\nHeader set X-Scope document\n</Files>', [fails(request("POST /missing HTTP/1.1", body=b"body"))], TREE),
])

HOSTS = """
<VirtualHost 127.0.0.1:@PORT@>
    ServerName one.example
    ServerAlias www.one.example *.one.test one-?.example
    DocumentRoot "@ROOT@/one"
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName two.example
    DocumentRoot "@ROOT@/two"
    Header set X-Host two
</VirtualHost>
<VirtualHost *:1>
    ServerName three.example
    DocumentRoot "@ROOT@/three"
</VirtualHost>
"""
VHOSTS = Family("name-based virtual hosts", [
    Site(HOSTS, [get("/", "Host: two.example"), get("/", "Host: TWO.example."), get("/", "Host: two.example:8080"), get("/", "Host: a.b.one.test"), get("/", "Host: one-2.example"),
                 get("/", "Host: three.example"), get("/", "Host: unknown.example"), raw("none, 1.0", b"GET / HTTP/1.0\r\n\r\n"), get("http://two.example/", "Host: one.example"), fails(get("/missing", "Host: two.example"))],
         TREE, log='%v %V "%r" %>s'),
])
VHOSTS_MORE = Family("virtual hosts by address and inheritance", [
    Site('Listen 127.0.0.2:@PORT@\nHeader set X-Main main\nHeader set X-Both main\n<VirtualHost 127.0.0.2:@PORT@>\nServerName second\nDocumentRoot "@ROOT@/two"\n</VirtualHost>', [get("/"), get("/", "Host: second")], TREE, log="%v"),
    Site('Header set X-Main main\nHeader set X-Both main\nSetEnv WHERE main\n<VirtualHost *:@PORT@>\nServerName v\nHeader set X-Both vhost\nDocumentRoot "@ROOT@/two"\nErrorDocument 404 vhost\n</VirtualHost>', [get("/", "Host: v"), fails(get("/missing"))], TREE, log="%v %{WHERE}e"),
    Site('<VirtualHost _default_:@PORT@>\nServerName d\nDocumentRoot "@ROOT@/three"\n</VirtualHost>', [get("/", "Host: anything")], TREE, log="%v"),
    Site('StrictHostCheck On\n<VirtualHost *:@PORT@>\nServerName strict\nDocumentRoot "@ROOT@/one"\n</VirtualHost>', [get("/", "Host: strict"), fails(get("/", "Host: other"))], TREE, log="%v"),
    Site('<VirtualHost *:@PORT@>\nServerName https://scheme.example:99\nUseCanonicalName On\nDocumentRoot "@ROOT@"\n</VirtualHost>', [get("/one", "Host: x")], TREE, log="%v %p"),
    Site("", [rejects("an unclosed host", "<VirtualHost *:80>\nServerName x"), rejects("hosts within hosts", "<VirtualHost *:80>\n<VirtualHost *:81>\n</VirtualHost>\n</VirtualHost>")]),
])

TOKENS = Family("ServerTokens", [Site("ServerTokens " + words, [head("/a.txt")], TREE) for words in ("Full", "OS", "Minimal", "Minor", "Major", "Prod")] + [
    Site("", [rejects("ServerTokens of one's own", "ServerTokens Secret"), rejects("not in a host", "<VirtualHost *:80>\nServerTokens Prod\n</VirtualHost>")])])

SIGNATURE = Family("ServerSignature and ServerAdmin", [
    Site("ServerSignature On", [fails(get("/missing")), fails(get("/missing", "Host: named.example"))], TREE),
    Site("ServerSignature EMail\nServerAdmin admin@example.org", [fails(get("/missing"))], TREE),
    Site("ServerSignature On\nServerTokens Prod\nUseCanonicalName On", [fails(get("/missing", "Host: x"))], TREE),
    Site("", [rejects("a signature of another kind", "ServerSignature Wax")]),
])

FAMILIES = [MERGE, PATTERNS, IF, OVERRIDE, OVERRIDE_MORE, HTACCESS_SECTIONS, OPTIONS, ERROR_DOCUMENT, ERROR_DOCUMENT_ENV, VHOSTS, VHOSTS_MORE, TOKENS, SIGNATURE]
