"""Who the client is: mod_authn_core, mod_auth_basic, the providers, and rules about users."""

import base64

from dsl import MODULES, Family, Site, accepts, fails, get, head, rejects, request

AUTH = (
    MODULES + " authn_core auth_basic authn_file authn_anon authz_user authz_groupfile authz_owner"
    " socache_shmcb authn_socache"
)
PASSWORDS = """# names and passwords
anna:$apr1$GZJ5qJFv$OrDRCrpCPHfaIwupK36Kx1
bob:$2y$04$Jch6eHmrV/eEV8r2Jj3Vu.Wrf6foMj.n1CiLyvpYh.49fAlx5nI7C:more

  carl:{SHA}2PRZAyDhNDqRW2OUFwZQqPNdaSY=
fred:$6$abcdefgh$RuHMAEAY4rhIgrNJMoDyPk49qTV66r6Tjlt3Vg1bkAsQhskGOXluw1ZCkWpc.oOlVD2BoVsAOHbhVn3F9Jb/x/
dora:plain
anna:{SHA}2PRZAyDhNDqRW2OUFwZQqPNdaSY=
bro\\
ken:{SHA}2PRZAyDhNDqRW2OUFwZQqPNdaSY=
:{SHA}2PRZAyDhNDqRW2OUFwZQqPNdaSY=
root:{SHA}2PRZAyDhNDqRW2OUFwZQqPNdaSY=
nobody
"""
GROUPS = """# groups
staff: anna bob
Admins :bob
root: carl root
long: x \\
 fred
"""
TREE = {
    "index.html": "root\n",
    "a.txt": "a\n",
    "in/a.txt": "in\n",
    "in/deep/a.txt": "deep\n",
    "in/index.html": "index of in\n",
    "401.html": "please log in\n",
    "conf/passwords": PASSWORDS,
    "conf/groups": GROUPS,
    "conf/digests": "erik:Members:9445c76f3549b1fb066d56d4a26e1f87\n",
    "conf/unreadable": "anna:x\n",
}
FILE = 'AuthUserFile "@ROOT@/conf/passwords"\n'
BASIC = 'AuthType Basic\nAuthName "Members"\n' + FILE


def login(user, password):
    pair = base64.b64encode(("%s:%s" % (user, password)).encode("latin-1")).decode()
    return "Authorization: Basic " + pair


def inside(rules, where="in"):
    return '<Directory "@ROOT@/%s">\n%s\n</Directory>\n' % (where, rules)


def site(rules, *exchanges, more="", **options):
    return Site(inside(rules) + more, list(exchanges), TREE, modules=AUTH, **options)


def verdict(maker, name, text):
    return Site("", [maker(name, text)], modules=AUTH)


PASSWORDS_FAMILY = Family(
    "AuthType Basic",
    [
        site(
            BASIC + "Require valid-user",
            fails(get("/in/a.txt")),
            get("/in/a.txt", login("anna", "secret")),
            get("/in/a.txt", login("bob", "pass")),
            get("/in/a.txt", login("carl", "sha")),
            get("/in/a.txt", login("fred", "six")),
            fails(get("/in/a.txt", login("anna", "wrong"))),
            fails(get("/in/a.txt", login("nobody", "sha"))),
            fails(get("/in/a.txt", login("zoe", "secret"))),
            fails(head("/in/a.txt", login("dora", "nonsense"))),
            get("/a.txt", login("anna", "secret")),
        ),
    ],
)

ODD_LOGINS = Family(
    "Odd Authorization fields",
    [
        site(
            BASIC + "Require valid-user",
            fails(get("/in/a.txt", "Authorization: Bearer abc")),
            fails(get("/in/a.txt", "Authorization: Basic")),
            fails(get("/in/a.txt", "Authorization: Basic ====")),
            get("/in/a.txt", "Authorization: bAsIc    YW5uYTpzZWNyZXQ="),
            get("/in/a.txt", "Authorization: Basic YW5uYTpzZWNyZXQ"),
            get("/in/a.txt", login("", "sha")),
            fails(get("/in/a.txt", "Authorization: Basic YW5uYQ==")),
            get("/in/a.txt", login("broken", "sha")),
            fails(get("/in/a.txt", login("ann\"a", "x"))),
            fails(get("/in/missing")),
        ),
    ],
)

USERS = Family(
    "Require user, group",
    [
        site(
            BASIC + 'AuthGroupFile "@ROOT@/conf/groups"\nRequire user carl "dora"\nRequire group admins',
            get("/in/a.txt", login("carl", "sha")),
            get("/in/a.txt", login("bob", "pass")),
            fails(get("/in/a.txt", login("anna", "secret"))),
            fails(get("/in/a.txt")),
        ),
        site(
            BASIC + "AuthzSendForbiddenOnFailure On\nRequire user carl",
            fails(get("/in/a.txt", login("anna", "secret"))),
        ),
        site(
            BASIC
            + 'AuthGroupFile "@ROOT@/conf/groups"\n<RequireAll>\nRequire group long staff\nRequire not user anna\n</RequireAll>',
            get("/in/a.txt", login("fred", "six")),
            fails(get("/in/a.txt", login("anna", "secret"))),
            fails(get("/in/a.txt", login("carl", "sha"))),
        ),
        site(
            BASIC + "SetEnvIf X-Owner (.*) owner=$1\nRequire user %{env:owner}",
            get("/in/a.txt", login("carl", "sha"), "X-Owner: carl"),
            fails(get("/in/a.txt", login("carl", "sha"), "X-Owner: anna")),
        ),
    ],
)

OWNERS = Family(
    "Require file-owner, file-group",
    [
        site(
            BASIC + "Require file-owner",
            get("/in/a.txt", login("root", "sha")),
            fails(get("/in/a.txt", login("carl", "sha"))),
            fails(get("/in/missing", login("root", "sha"))),
        ),
        site(
            BASIC + 'AuthGroupFile "@ROOT@/conf/groups"\nRequire file-group',
            get("/in/a.txt", login("carl", "sha")),
            fails(get("/in/a.txt", login("bob", "pass"))),
        ),
        site(
            BASIC + 'AuthGroupFile "@ROOT@/conf/none"\nRequire group staff',
            fails(get("/in/a.txt", login("anna", "secret"))),
        ),
        site(BASIC + "Require group staff", fails(get("/in/a.txt", login("anna", "secret")))),
    ],
)

BROKEN = Family(
    "Authentication that is set up wrongly",
    [
        site("AuthType Basic\nRequire valid-user", fails(get("/in/a.txt", login("anna", "secret")))),
        site('AuthType Basic\nAuthName x\nRequire valid-user', fails(get("/in/a.txt", login("anna", "secret"))), fails(get("/in/a.txt"))),
        site('AuthType Basic\nAuthName x\nAuthUserFile "@ROOT@/none"\nRequire valid-user', fails(get("/in/a.txt", login("anna", "secret")))),
        site('AuthType Basic\nAuthName x\nAuthUserFile "@ROOT@/conf/unreadable"\nRequire valid-user', fails(get("/in/a.txt", login("anna", "secret")))),
        site("Require valid-user", fails(get("/in/a.txt", login("anna", "secret")))),
        site(BASIC + "AuthType None\nRequire valid-user", fails(get("/in/a.txt", login("anna", "secret")))),
        site("AuthType Sesame\nAuthName x\nRequire valid-user", fails(get("/in/a.txt"))),
        site(BASIC, get("/in/a.txt", login("anna", "wrong"))),
        site('AuthType None\nRequire user x', fails(get("/in/a.txt"))),
    ],
)

REALMS = Family(
    "AuthName",
    [
        site('AuthType basic\nAuthName "a \\"quoted\\" realm"\nRequire valid-user', fails(get("/in/a.txt"))),
        site("AuthType Basic\nAuthName 'a \"b\\c'\nRequire valid-user", fails(get("/in/a.txt"))),
        site('AuthType Basic\nAuthName "Hello %{HTTP_HOST}"\nRequire valid-user', fails(get("/in/a.txt"))),
        site(
            'AuthType "%{reqenv:kind}"\nAuthName "x"\nRequire valid-user\n' + FILE,
            fails(get("/in/a.txt", "X-Kind: basic")),
            more="SetEnvIf X-Kind (.+) kind=$1\n",
        ),
        verdict(rejects, "no name", "<Location />\nAuthName\n</Location>"),
        verdict(rejects, "two words", "<Location />\nAuthName a b\n</Location>"),
        verdict(rejects, "outside of a section", "AuthType Basic"),
        verdict(rejects, "not an expression", '<Location />\nAuthName "%{"\n</Location>'),
    ],
)

PROVIDERS = Family(
    "AuthBasicProvider",
    [
        Site(
            '<AuthnProviderAlias file others>\nAuthUserFile "@ROOT@/conf/digests"\n</AuthnProviderAlias>\n'
            "<AuthnProviderAlias file members>\n" + FILE + "</AuthnProviderAlias>\n"
            + inside("AuthType Basic\nAuthName x\nAuthBasicProvider others members\nRequire valid-user"),
            [
                get("/in/a.txt", login("anna", "secret")),
                fails(get("/in/a.txt", login("erik", "digest"))),
                fails(get("/in/a.txt", login("zoe", "x"))),
            ],
            TREE,
            modules=AUTH,
        ),
        verdict(rejects, "no such provider", "<Location />\nAuthBasicProvider magic\n</Location>"),
        verdict(rejects, "an alias of itself", "<AuthnProviderAlias file file>\n</AuthnProviderAlias>"),
        verdict(rejects, "an alias that is taken", "<AuthnProviderAlias file anon>\n</AuthnProviderAlias>"),
        verdict(rejects, "an alias of nothing", "<AuthnProviderAlias magic wand>\n</AuthnProviderAlias>"),
        verdict(rejects, "an alias without a name", "<AuthnProviderAlias file>\n</AuthnProviderAlias>"),
    ],
)
SWITCHES = Family(
    "AuthBasicAuthoritative, AuthBasicUseDigestAlgorithm",
    [
        site(
            BASIC + "AuthBasicAuthoritative Off\nRequire valid-user",
            fails(get("/in/a.txt", login("zoe", "x"))),
            fails(get("/in/a.txt", login("anna", "wrong"))),
            get("/in/a.txt", login("anna", "secret")),
            fails(get("/in/a.txt")),
        ),
        site(
            'AuthType Basic\nAuthName Members\nAuthUserFile "@ROOT@/conf/digests"\n'
            "AuthBasicUseDigestAlgorithm MD5\nRequire valid-user",
            get("/in/a.txt", login("erik", "digest")),
            fails(get("/in/a.txt", login("erik", "other"))),
            fails(get("/in/a.txt", login("anna", "digest"))),
        ),
        site(
            "AuthType Basic\nAuthName Members\nAuthBasicProvider anon\nAnonymous *\n"
            "AuthBasicUseDigestAlgorithm MD5\nRequire valid-user",
            fails(get("/in/a.txt", login("erik", "digest"))),
        ),
        verdict(rejects, "no such algorithm", "<Location />\nAuthBasicUseDigestAlgorithm SHA\n</Location>"),
        verdict(rejects, "neither on nor off", "<Location />\nAuthBasicAuthoritative maybe\n</Location>"),
    ],
)

GUESTS = Family(
    "Anonymous",
    [
        site(
            'AuthType Basic\nAuthName guests\nAuthBasicProvider anon\nAnonymous guest "www visitor"\nRequire valid-user',
            get("/in/a.txt", login("GUEST", "me")),
            get("/in/a.txt", login("www visitor", "me")),
            fails(get("/in/a.txt", login("guest", ""))),
            fails(get("/in/a.txt", login("other", "me@example.com"))),
            fails(get("/in/a.txt", login("", "me@example.com"))),
        ),
        site(
            "AuthType Basic\nAuthName guests\nAuthBasicProvider anon file\n" + FILE
            + "Anonymous *\nAnonymous_VerifyEmail On\nAnonymous_NoUserID On\nAnonymous_MustGiveEmail Off\nRequire valid-user",
            get("/in/a.txt", login("any", "me@example.com")),
            fails(get("/in/a.txt", login("any", "me"))),
            get("/in/a.txt", login("", "me@example.com")),
        ),
        verdict(rejects, "an empty name", '<Location />\nAnonymous ""\n</Location>'),
        verdict(rejects, "neither on nor off", "<Location />\nAnonymous_LogEmail some\n</Location>"),
    ],
)

SATISFY = Family(
    "Satisfy with users",
    [
        site(
            BASIC + "Require valid-user\nOrder deny,allow\nDeny from all\nSatisfy Any",
            get("/in/a.txt", login("anna", "secret")),
            fails(get("/in/a.txt", login("anna", "wrong"))),
            fails(get("/in/a.txt")),
        ),
        site(
            BASIC + "Require valid-user\nOrder deny,allow\nAllow from 127.0.0.1\nSatisfy Any",
            get("/in/a.txt"),
            get("/in/a.txt", login("anna", "wrong")),
        ),
        site(
            BASIC + "Require valid-user\nOrder deny,allow\nDeny from all\nSatisfy All",
            fails(get("/in/a.txt", login("anna", "secret"))),
        ),
        site(
            BASIC + "Require valid-user\nRequire ip 127.0.0.1",
            get("/in/a.txt"),
            get("/in/a.txt", login("anna", "wrong")),
        ),
        site(
            BASIC + "<RequireAll>\nRequire ip 127.0.0.1\nRequire valid-user\n</RequireAll>",
            fails(get("/in/a.txt")),
            get("/in/a.txt", login("anna", "secret")),
        ),
    ],
)

AROUND = Family(
    "Authentication and what is around it",
    [
        site(
            BASIC + "Require valid-user",
            fails(get("/in/a.txt")),
            get("/in/", login("anna", "secret")),
            fails(get("/in")),
            more="ErrorDocument 401 /401.html\n",
        ),
        site(
            BASIC + "<Limit POST>\nRequire valid-user\n</Limit>",
            get("/in/a.txt"),
            fails(request("POST /in/a.txt HTTP/1.1", body=b"x")),
        ),
        site(
            BASIC
            + "Require valid-user\n"
            + 'Header set X-Who "expr=%{REMOTE_USER} by %{AUTH_TYPE}"',
            get("/in/a.txt", login("anna", "secret")),
        ),
        Site(
            '<Directory "@ROOT@/in">\nAllowOverride AuthConfig\n</Directory>',
            [get("/in/a.txt", login("anna", "secret")), fails(get("/in/a.txt"))],
            dict(TREE, **{"in/.htaccess": BASIC + "Require valid-user\n"}),
            modules=AUTH,
        ),
        site(
            BASIC + "Require valid-user\n<Files a.txt>\nAuthType None\nRequire all granted\n</Files>",
            get("/in/a.txt"),
            fails(get("/in/index.html")),
        ),
    ],
)

CACHE = Family(
    "mod_authn_socache",
    [
        site(
            "AuthType Basic\nAuthName x\nAuthBasicProvider socache file\nAuthnCacheProvideFor file\n"
            "AuthnCacheContext server\nAuthnCacheTimeout 60\nRequire valid-user\n" + FILE,
            get("/in/a.txt", login("anna", "secret")),
            get("/in/a.txt", login("anna", "secret")),
            fails(get("/in/a.txt", login("anna", "wrong"))),
            fails(get("/in/a.txt", login("zoe", "wrong"))),
            more="AuthnCacheSOCache shmcb\nAuthnCacheEnable\n",
        ),
        verdict(rejects, "no such cache", "AuthnCacheSOCache paper"),
        verdict(accepts, "words behind it", "AuthnCacheEnable now"),
        verdict(accepts, "all of it", "AuthnCacheEnable\nAuthnCacheSOCache shmcb\n<Location />\nAuthnCacheContext x\n</Location>"),
        verdict(accepts, "an odd time", "<Location />\nAuthnCacheTimeout soon\n</Location>"),
    ],
)

FAKES = Family(
    "AuthBasicFake",
    [
        site(
            BASIC + "AuthBasicFake demo secret",
            get("/in/a.txt"),
        ),
        site("AuthBasicFake off", get("/in/a.txt")),
        verdict(rejects, "no name", "<Location />\nAuthBasicFake\n</Location>"),
        verdict(rejects, "a name that is no expression", '<Location />\nAuthBasicFake "%{"\n</Location>'),
        verdict(rejects, "a password that is no expression", '<Location />\nAuthBasicFake a "%{"\n</Location>'),
    ],
)

FAMILIES = [
    PASSWORDS_FAMILY,
    ODD_LOGINS,
    USERS,
    OWNERS,
    BROKEN,
    REALMS,
    PROVIDERS,
    SWITCHES,
    GUESTS,
    SATISFY,
    AROUND,
    CACHE,
    FAKES,
]
