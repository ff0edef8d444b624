"""mod_allowmethods, and mod_authz_core's aliases, merging and errors."""

from dsl import MODULES, Family, Site, accepts, fails, get, head, rejects, request

TREE = {"a.txt": "a\n", "in/b.txt": "b\n", "in/deep/c.txt": "c\n", "in/why.html": "why not\n", "in/deep/why.html": "deep why\n"}


def allowing(config, exchanges):
    return Site(config, exchanges, TREE, modules=MODULES + " allowmethods")


def directory(path, *lines):
    return '<Directory "@ROOT@%s">\n%s\n</Directory>\n' % (path, "\n".join(lines))


METHODS = Family(
    "AllowMethods",
    [
        allowing(
            directory("/in", "AllowMethods GET") + directory("/in/deep", "AllowMethods reset"),
            [
                get("/in/b.txt"),
                head("/in/b.txt"),
                fails(request("POST /in/b.txt HTTP/1.1", body=b"x")),
                fails(request("OPTIONS /in/b.txt HTTP/1.1")),
                request("OPTIONS /in/deep/c.txt HTTP/1.1"),
                fails(request("FROB /in/b.txt HTTP/1.1")),
            ],
        ),
        allowing(
            directory("/in", "AllowMethods POST", "AllowMethods OPTIONS") + "<Location /in/deep>\nAllowMethods GET\n</Location>",
            [fails(get("/in/b.txt")), get("/in/deep/c.txt")],
        ),
        allowing("", [rejects("an unknown method", directory("", "AllowMethods GET FROB")), rejects("outside of a section", "AllowMethods GET")]),
    ],
)

ALIASES = Family(
    "AuthzProviderAlias",
    [
        Site(
            '<AuthzProviderAlias ip home "10">\n</AuthzProviderAlias>\n'
            '<AuthzProviderAlias ip home "127.0.0.1 ::1">\n</AuthzProviderAlias>\n'
            "<AuthzProviderAlias env invited \"guest member\">\n</AuthzProviderAlias>\n"
            "<AuthzProviderAlias expr asked \"%{QUERY_STRING} == 'please'\">\n</AuthzProviderAlias>\n"
            "SetEnvIf X-Guest yes guest\n"
            + directory("/in", "Require invited", "Require asked")
            + directory("/in/deep", "<RequireAll>", "Require home", "Require not invited", "</RequireAll>"),
            [
                fails(get("/in/b.txt")),
                get("/in/b.txt", "X-Guest: yes"),
                get("/in/b.txt?please"),
                get("/in/deep/c.txt"),
                fails(get("/in/deep/c.txt", "X-Guest: yes")),
            ],
            TREE,
        ),
        Site(
            "",
            [
                rejects("an unknown provider", "<AuthzProviderAlias frob x y>\n</AuthzProviderAlias>"),
                rejects("without argument", "<AuthzProviderAlias ip x>\n</AuthzProviderAlias>"),
                rejects("in a host", '<VirtualHost *:80>\n<AuthzProviderAlias ip x "10">\n</AuthzProviderAlias>\n</VirtualHost>'),
                rejects("an address that is none", '<AuthzProviderAlias ip x "hundred">\n</AuthzProviderAlias>\n<Location />\nRequire x\n</Location>'),
            ],
        ),
    ],
)

MERGING = Family(
    "AuthMerging and ErrorDocument in one place",
    [
        Site(
            directory("/in", "Require env first", "ErrorDocument 403 /in/why.html")
            + directory("/in/deep", "AuthMerging And", "Require env second", "ErrorDocument 403 /in/deep/why.html")
            + "SetEnvIf X-A 1 first\nSetEnvIf X-B 1 second",
            [fails(get("/in/b.txt")), get("/in/b.txt", "X-A: 1"), fails(get("/in/deep/c.txt", "X-B: 1")), get("/in/deep/c.txt", "X-A: 1", "X-B: 1")],
            TREE,
        ),
        Site(
            directory("/in", "Require env first") + directory("/in/deep", "AuthMerging Or", "Require env second") + "SetEnvIf X-A 1 first\nSetEnvIf X-B 1 second",
            [get("/in/deep/c.txt", "X-A: 1"), get("/in/deep/c.txt", "X-B: 1"), fails(get("/in/deep/c.txt"))],
            TREE,
        ),
        Site(
            "",
            [
                rejects("an unknown way to merge", "<Location />\nAuthMerging Xor\n</Location>"),
                rejects("a flag that is none", "<Location />\nAuthzSendForbiddenOnFailure maybe\n</Location>"),
                accepts("no methods", "<Location />\nRequire method\n</Location>"),
            ],
        ),
    ],
)

FAMILIES = [METHODS, ALIASES, MERGING]
