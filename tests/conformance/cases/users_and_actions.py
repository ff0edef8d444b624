"""mod_userdir, mod_actions and mod_vhost_alias."""

from dsl import MODULES, Family, Site, accepts, fails, get, rejects

TREE = {
    "people/www-data/a.txt": "a\n",
    "people/nobody/index.html": "nobody\n",
    "people/more/root/pub/a.txt": "more\n",
    "script.txt": "script\n",
    "a.xyz": "xyz\n",
    "b.txt": "b\n",
}

USERDIR = Family(
    "UserDir",
    [
        Site(
            "UserDir @ROOT@/nothing @ROOT@/people/more/*/pub @ROOT@/people/\nUserDir disabled bin\n",
            [
                get("/~www-data/a.txt"),
                get("/~nobody/"),
                get("/~nobody"),
                get("/~root/a.txt"),
                fails(get("/~bin/a.txt")),
                fails(get("/~/a.txt")),
            ],
            TREE,
            modules=MODULES + " userdir",
        ),
        Site(
            "UserDir http://people.example.com/*/x\nUserDir disabled\nUserDir enabled root\n",
            [get("/~root/a%20b?c"), fails(get("/~nobody/"))],
            TREE,
            modules=MODULES + " userdir",
        ),
        Site(
            "",
            [rejects("nothing", "UserDir"), accepts("enabled nobody", "UserDir enabled")],
            modules=MODULES + " userdir",
        ),
    ],
)

ACTIONS = Family(
    "Action and Script",
    [
        Site(
            "Alias /run @ROOT@/script.txt\nAddHandler mine .xyz\nAction mine /run\nAcceptPathInfo On\n"
            "Action text/css /run virtual\nScript PUT /run\nScript GET /run\n"
            '<Location "/v">\nSetHandler text/css\n</Location>\n',
            [
                get("/a.xyz"),
                fails(get("/missing.xyz")),
                get("/v/anything"),
                get("/b.txt?x"),
                get("/b.txt"),
            ],
            TREE,
            modules=MODULES + " actions",
        ),
        Site(
            "",
            [
                rejects("TRACE", "Script TRACE /x"),
                accepts("unknown method", "Script FROB /x"),
                rejects("third word", "Action a /b c"),
            ],
            modules=MODULES + " actions",
        ),
    ],
)

HOSTS = {
    "www.example.com/a.txt": "whole name\n",
    "w/x/example/a.txt": "parts\n",
    "example.com/w-m/a.txt": "letters\n",
    "_/localhost/a.txt": "missing part\n",
    "127.0.0.1/a.txt": "address\n",
    "127.0.0.1/index.html": "index\n",
}
ECHO = 'Header set X-Root "expr=%{DOCUMENT_ROOT} %{CONTEXT_DOCUMENT_ROOT} %{CONTEXT_PREFIX}"\n'


def hosts(line, *exchanges):
    return Site(ECHO + line, list(exchanges), HOSTS, modules=MODULES + " vhost_alias")


VIRTUAL = Family(
    "VirtualDocumentRoot",
    [
        hosts(
            "VirtualDocumentRoot @ROOT@/%0",
            get("/a.txt", "Host: WWW.example.com"),
            fails(get("/a.txt", "Host: other.example.com")),
        ),
        hosts("VirtualDocumentRoot @ROOT@/%1.1/x/%-2/", get("/a.txt", "Host: www.example.com")),
        hosts(
            "VirtualDocumentRoot @ROOT@/%2+/%1.1-%-1.-1", get("/a.txt", "Host: www.example.com")
        ),
        hosts("VirtualDocumentRoot @ROOT@/%3/%-1", get("/a.txt")),
        hosts("VirtualDocumentRootIP @ROOT@/%0", get("/a.txt"), get("/")),
        hosts(
            "",
            rejects("relative", "VirtualDocumentRoot www/%0"),
            rejects("bad format", "VirtualDocumentRoot /www/%x"),
            accepts("none", "VirtualDocumentRoot none\nVirtualScriptAlias /cgi/%-2+.1/%p%%"),
        ),
    ],
)

FAMILIES = [USERDIR, ACTIONS, VIRTUAL]
