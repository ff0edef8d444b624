"""mod_authn_dbm, mod_authz_dbm, as far as they need no database; test_authentication.py has one of htdbm."""

import base64

from dsl import MODULES, Family, Site, accepts, fails, get, rejects

DBM = MODULES + " authn_core auth_basic authn_file authn_dbm authz_dbm authz_user"
TREE = {"a.txt": "a\n", "in/a.txt": "in\n", "conf/passwords": "carl:{SHA}2PRZAyDhNDqRW2OUFwZQqPNdaSY=\n"}
BASIC = 'AuthType Basic\nAuthName "Members"\n'
LOGIN = "Authorization: Basic " + base64.b64encode(b"carl:sha").decode()


def site(rules, *exchanges):
    inside = '<Directory "@ROOT@/in">\n%s\n</Directory>' % rules
    return Site(inside, list(exchanges), TREE, modules=DBM)


def verdict(maker, name, text):
    return Site("", [maker(name, "<Location />\n%s\n</Location>" % text)], modules=DBM)


FAMILY = Family(
    "Databases of users and groups",
    [
        site(
            BASIC + 'AuthBasicProvider dbm\nAuthDBMUserFile "@ROOT@/conf/none"\nRequire valid-user',
            fails(get("/in/a.txt")),
            fails(get("/in/a.txt", LOGIN)),
            get("/a.txt"),
        ),
        site(BASIC + "AuthBasicProvider dbm\nRequire valid-user", fails(get("/in/a.txt", LOGIN))),
        site(
            BASIC + 'AuthUserFile "@ROOT@/conf/passwords"\nRequire dbm-group staff',
            fails(get("/in/a.txt")),
            fails(get("/in/a.txt", LOGIN)),
        ),
        verdict(rejects, "no file", "AuthDBMUserFile"),
        verdict(rejects, "two files", "AuthDBMGroupFile a b"),
        verdict(accepts, "everything", "AuthDBMType SDBM\nAuthzDBMType GDBM\nAuthDBMGroupFile /x\nRequire dbm-file-group"),
    ],
)

FAMILIES = [FAMILY]
