"""mod_authz_core, mod_authz_host, mod_access_compat."""

from dsl import Family, Site, accepts, fails, get, head, rejects, request

TREE = {"index.html": "root\n", "a.txt": "a\n", "in/a.txt": "in\n", "in/deep/a.txt": "deep\n"}


def inside(rules, where="in"):
    return """
<Directory "@ROOT@/%s">
%s
</Directory>
""" % (
        where,
        rules,
    )


REQUIRE = Family(
    "Require",
    [
        Site(
            inside("Require all denied"),
            [
                fails(get("/in/a.txt")),
                get("/a.txt"),
                fails(get("/in/missing")),
                fails(head("/in/a.txt")),
            ],
            TREE,
        ),
        Site(
            inside("Require method GET HEAD"),
            [get("/in/a.txt"), fails(request("POST /in/a.txt HTTP/1.1", body=b"x"))],
            TREE,
        ),
        Site(
            "SetEnvIf X-Key ^secret$ let_in\n" + inside("Require env let_in"),
            [get("/in/a.txt", "X-Key: secret"), fails(get("/in/a.txt"))],
            TREE,
        ),
        Site(
            "",
            [
                rejects(
                    "only a negative rule",
                    inside(
                        """
<RequireAny>
Require not ip 10.0.0.1
</RequireAny>"""
                    ),
                ),
                rejects("all of what", inside("Require all maybe")),
            ],
        ),
    ],
)

HOSTS = Family(
    "Require ip, host, local",
    [
        Site(inside("Require ip 127.0.0.1"), [get("/in/a.txt")], TREE),
        Site(inside("Require ip 10.0.0.0/8 192.168"), [fails(get("/in/a.txt"))], TREE),
        Site(inside("Require ip 10.0.0.0/8 127.0.0.0/255.0.0.0"), [get("/in/a.txt")], TREE),
        Site(inside("Require local"), [get("/in/a.txt")], TREE),
        Site(inside("Require ip ::1"), [fails(get("/in/a.txt"))], TREE),
        Site(
            "",
            [
                rejects("an address that is none", inside("Require ip 300.1.2.3")),
                rejects("a mask that is none", inside("Require ip 10.0.0.0/99")),
                accepts("a partial address", inside("Require ip 10.1")),
            ],
        ),
    ],
)

CONTAINERS = Family(
    "RequireAll, RequireAny, RequireNone",
    [
        Site(
            inside(
                """
<RequireAll>
Require all granted
Require not ip 127.0.0.1
</RequireAll>"""
            ),
            [fails(get("/in/a.txt"))],
            TREE,
        ),
        Site(
            inside(
                """
<RequireAny>
Require ip 10.0.0.1
Require ip 127.0.0.1
</RequireAny>"""
            ),
            [get("/in/a.txt")],
            TREE,
        ),
        Site(
            "SetEnvIf X-Bad . bad\n"
            + inside(
                """
<RequireAll>
Require local
<RequireNone>
Require env bad
</RequireNone>
</RequireAll>"""
            ),
            [get("/in/a.txt"), fails(get("/in/a.txt", "X-Bad: 1"))],
            TREE,
        ),
        Site(
            "SetEnvIf X-A . a\nSetEnvIf X-B . b\n"
            + inside(
                """
<RequireAll>
Require env a
<RequireAny>
Require env b
Require ip 10.0.0.1
</RequireAny>
</RequireAll>"""
            ),
            [get("/in/a.txt", "X-A: 1", "X-B: 1"), fails(get("/in/a.txt", "X-A: 1"))],
            TREE,
        ),
        Site(
            "",
            [
                rejects(
                    "only a RequireNone",
                    inside(
                        """
<RequireNone>
Require all denied
</RequireNone>"""
                    ),
                ),
                rejects("an unclosed container", "<RequireAll>\nRequire local"),
                rejects("an unknown provider", inside("Require blood sample")),
            ],
        ),
    ],
)

MERGING = Family(
    "AuthMerging",
    [
        Site(
            inside("Require all denied") + inside("Require all granted", "in/deep"),
            [fails(get("/in/a.txt")), get("/in/deep/a.txt")],
            TREE,
        ),
        Site(
            inside("Require ip 127.0.0.1")
            + inside("AuthMerging And\nRequire method POST", "in/deep"),
            [fails(get("/in/deep/a.txt"))],
            TREE,
        ),
        Site(
            inside("Require ip 10.0.0.1") + inside("AuthMerging Or\nRequire local", "in/deep"),
            [get("/in/deep/a.txt"), fails(get("/in/a.txt"))],
            TREE,
        ),
        Site(
            inside("Require all denied")
            + """
<Location "/in">
Require all granted
</Location>""",
            [get("/in/a.txt")],
            TREE,
        ),
        Site(
            inside("Require all denied")
            + """
<Files "a.txt">
Require all granted
</Files>""",
            [get("/in/a.txt"), fails(get("/in/b.txt"))],
            TREE,
        ),
    ],
)

EXPRESSIONS = Family(
    "Require expr",
    [
        Site(
            inside("Require expr \"%{HTTP:X-Key} == 'yes'\""),
            [get("/in/a.txt", "X-Key: yes"), fails(get("/in/a.txt"))],
            TREE,
        ),
        Site(
            inside("Require expr \"%{REQUEST_METHOD} =~ /^(GET|HEAD)$/ && -n req('X-Key')\""),
            [fails(get("/in/a.txt")), get("/in/a.txt", "X-Key: 1")],
            TREE,
        ),
        Site("", [rejects("an expression that does not parse", inside('Require expr "%{X ="'))]),
    ],
)

COMPAT_DENY = Family(
    "Order deny,allow",
    [
        Site(
            inside("Order deny,allow\nDeny from all"),
            [fails(get("/in/a.txt")), get("/a.txt")],
            TREE,
        ),
        Site(
            inside(
                """
Order deny,allow
Deny from all
Allow from 127.0.0.1"""
            ),
            [get("/in/a.txt")],
            TREE,
        ),
        Site(inside("Order deny,allow"), [get("/in/a.txt")], TREE),
        Site(inside("Order deny,allow\nDeny from 127"), [fails(get("/in/a.txt"))], TREE),
        Site(
            "SetEnvIf X-Spider . spider\n" + inside("Order deny,allow\nDeny from env=spider"),
            [fails(get("/in/a.txt", "X-Spider: 1")), get("/in/a.txt")],
            TREE,
        ),
        Site(inside("Deny from all"), [fails(get("/in/a.txt"))], TREE),
    ],
)

COMPAT_ALLOW = Family(
    "Order allow,deny",
    [
        Site(inside("Order allow,deny\nAllow from all"), [get("/in/a.txt")], TREE),
        Site(inside("Order allow,deny"), [fails(get("/in/a.txt"))], TREE),
        Site(
            inside(
                """
Order allow,deny
Allow from all
Deny from 127.0.0.0/8"""
            ),
            [fails(get("/in/a.txt"))],
            TREE,
        ),
        Site(
            "SetEnvIf X-Pass . pass\n" + inside("Order allow,deny\nAllow from env=pass"),
            [get("/in/a.txt", "X-Pass: 1"), fails(get("/in/a.txt"))],
            TREE,
        ),
        Site(inside("Order mutual-failure\nAllow from 127.0.0.1"), [get("/in/a.txt")], TREE),
        Site(
            "",
            [
                rejects("Order in words of one's own", inside("Order allow, deny")),
                rejects("Allow without from", inside("Allow all")),
            ],
        ),
    ],
)

SATISFY = Family(
    "Satisfy and mixed access rules",
    [
        Site(
            inside(
                """
Order deny,allow
Deny from all
Satisfy Any"""
            ),
            [get("/in/a.txt")],
            TREE,
        ),
        Site(
            inside(
                """
Order allow,deny
Allow from all
Require all denied"""
            ),
            [fails(get("/in/a.txt"))],
            TREE,
        ),
        Site(
            inside(
                """
Order deny,allow
Deny from all
Require all granted"""
            ),
            [fails(get("/in/a.txt"))],
            TREE,
        ),
        Site(
            inside(
                """
Order deny,allow
Deny from all
Require all granted
Satisfy Any"""
            ),
            [get("/in/a.txt")],
            TREE,
        ),
        Site(
            inside(
                """
Order allow,deny
Allow from all
Require all denied
Satisfy Any"""
            ),
            [get("/in/a.txt")],
            TREE,
        ),
        Site(
            inside("Order deny,allow\nDeny from all")
            + inside("Order allow,deny\nAllow from all", "in/deep"),
            [get("/in/deep/a.txt")],
            TREE,
        ),
        Site("", [rejects("Satisfy what", inside("Satisfy Some"))]),
    ],
)

LIMIT = Family(
    "Limit and LimitExcept",
    [
        Site(
            inside(
                """
<Limit POST>
Require all denied
</Limit>"""
            ),
            [get("/in/a.txt"), fails(request("POST /in/a.txt HTTP/1.1", body=b"x"))],
            TREE,
        ),
        Site(
            inside(
                """
<LimitExcept GET>
Require all denied
</LimitExcept>"""
            ),
            [get("/in/a.txt"), head("/in/a.txt"), fails(request("OPTIONS /in/a.txt HTTP/1.1"))],
            TREE,
        ),
        Site(
            inside(
                """
<Limit GET>
Order deny,allow
Deny from all
</Limit>"""
            ),
            [fails(get("/in/a.txt")), request("OPTIONS /in/a.txt HTTP/1.1")],
            TREE,
        ),
        Site(
            "",
            [
                rejects(
                    "TRACE cannot be limited",
                    inside(
                        """
<Limit TRACE>
Require all denied
</Limit>"""
                    ),
                ),
                rejects("an unclosed Limit", inside("<Limit GET>\nRequire all denied")),
            ],
        ),
    ],
)

FAMILIES = [
    REQUIRE,
    HOSTS,
    CONTAINERS,
    MERGING,
    EXPRESSIONS,
    COMPAT_DENY,
    COMPAT_ALLOW,
    SATISFY,
    LIMIT,
]
