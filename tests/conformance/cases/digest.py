"""mod_auth_digest, as far as a client can be wrong without knowing a nonce; test_authentication.py logs in."""

from dsl import MODULES, Family, Site, accepts, fails, get, rejects

DIGEST = MODULES + " authn_core auth_digest auth_basic authn_file authn_anon authz_user"
TREE = {
    "a.txt": "a\n",
    "in/a.txt": "in\n",
    "conf/digests": "erik:Members:9445c76f3549b1fb066d56d4a26e1f87\n",
}
SETTINGS = 'AuthType Digest\nAuthName "Members"\nAuthUserFile "@ROOT@/conf/digests"\nRequire valid-user\n'


def site(rules, *exchanges):
    inside = '<Directory "@ROOT@/in">\n%s\n</Directory>' % rules
    return Site(inside, list(exchanges), TREE, modules=DIGEST)


def login(path="/in/a.txt", uri=None, **words):
    given = dict(
        username='"erik"', realm='"Members"', nonce='"%s"' % ("A" * 11 + "=" + "0" * 40), uri='"%s"' % (uri or path), response='"%s"' % ("0" * 32), qop="auth",
        nc="00000001", cnonce='"x"', **{}
    )
    given.update(words)
    text = ", ".join("%s=%s" % pair for pair in given.items() if pair[1])
    return get(path, "Authorization: Digest " + text)


WRONG = Family(
    "AuthType Digest",
    [
        site(
            SETTINGS,
            get("/a.txt"),
            fails(get("/in/a.txt")),
            fails(get("/in/a.txt", "Authorization: Basic ZXJpazpkaWdlc3Q=")),
            fails(get("/in/a.txt", "Authorization: Digest")),
            fails(login(nonce="")),
            fails(login()),
            fails(login(username='"zoe"')),
            fails(login(realm='"Others"')),
            fails(login(algorithm="SHA-256")),
            fails(login(qop="")),
        ),
    ],
)

URIS = Family(
    "AuthType Digest and URIs",
    [
        site(
            SETTINGS + "AuthDigestDomain /in/ http://other.invalid/",
            fails(login(uri="/other")),
            fails(login(uri="/in/%61.txt")),
            fails(login(uri="/in/a.txt?x")),
            fails(login("/in/a.txt?x=1", "/in/a.txt")),
            fails(login(uri="http://localhost/in/a.txt")),
            fails(login(uri="in")),
            fails(login(opaque='"zz"')),
        ),
        site('AuthType Digest\nAuthUserFile "@ROOT@/conf/digests"\nRequire valid-user', fails(get("/in/a.txt"))),
        site(SETTINGS.replace("digests", "none"), fails(login())),
    ],
)


def verdict(maker, name, text):
    return Site("", [maker(name, text)], modules=DIGEST)


def here(text):
    return "<Location />\n%s\n</Location>" % text


SETTINGS_WRONG = Family(
    "AuthDigest directives",
    [
        verdict(rejects, "no such provider", here("AuthDigestProvider magic")),
        verdict(rejects, "a provider without hashes", here("AuthDigestProvider anon")),
        verdict(rejects, "another algorithm", here("AuthDigestAlgorithm MD5-sess")),
        verdict(rejects, "no quality", here("AuthDigestQop none")),
        verdict(rejects, "no time", here("AuthDigestNonceLifetime soon")),
        verdict(rejects, "too little memory", "AuthDigestShmemSize 1"),
        verdict(rejects, "no size", "AuthDigestShmemSize 1G"),
        verdict(
            accepts,
            "everything at once",
            "AuthDigestShmemSize 4K\n" + here("AuthDigestProvider file\nAuthDigestAlgorithm MD5\nAuthDigestQop auth\nAuthDigestNonceLifetime -1\nAuthDigestNcCheck On\nAuthDigestDomain / /x"),
        ),
    ],
)

FAMILIES = [WRONG, URIS, SETTINGS_WRONG]
