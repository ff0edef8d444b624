"""mod_expires, mod_unique_id."""

from dsl import MODULES, Family, Site, accepts, fails, get, head, rejects

EXPIRES = MODULES + " expires"
TREE = {
    "index.html": "root\n",
    "a.txt": "a\n",
    "b.png": "png\n",
    "c.js": "js\n",
    "d.none": "none\n",
    "in/a.txt": "in\n",
    "in/index.html": "index\n",
}


def verdict(maker, name, text):
    return Site("", [maker(name, text)], modules=EXPIRES)


# The end of "modification" lies far ahead, so that the seconds of two answers do not matter: Expires is a fixed
# time, and max-age is cut off by Header edit.
STEADY = 'Header edit Cache-Control "max-age=[0-9]{4,}" "max-age=many"\n'

DEFAULTS = Family(
    "ExpiresDefault, ExpiresByType",
    [
        Site(
            STEADY
            + """ExpiresActive On
ExpiresDefault "modification plus 20 years 3 months"
ExpiresByType text/plain M630720000
ExpiresByType image/* "modification plus 25 years"
ExpiresByType application/javascript "modification plus 1 year"
""",
            [
                get("/a.txt"),
                get("/b.png"),
                get("/c.js"),
                get("/d.none"),
                head("/a.txt"),
                get("/in/"),
                get("/a.txt", "Range: bytes=0-0"),
                get("/a.txt", "If-Modified-Since: Tue, 02 Jan 2024 15:04:05 GMT"),
                fails(get("/missing.txt")),
                fails(get("/a.txt", "If-Match: \"none\"")),
            ],
            TREE,
            modules=EXPIRES,
        ),
    ],
)

OTHERS = Family(
    "Expires and other answers",
    [
        Site(
            STEADY
            + """ExpiresActive On
ExpiresDefault A0
Redirect /moved http://localhost/
ErrorDocument 404 /a.txt
RedirectMatch 302 ^/found /a.txt
""",
            [get("/moved"), fails(get("/missing")), get("/found"), get("/in"), get("/a.txt")],
            TREE,
            modules=EXPIRES,
        ),
        Site(
            """ExpiresActive On
ExpiresDefault "access plus 0 seconds"
<Files a.txt>
Header set Cache-Control "public"
</Files>
<Files b.png>
Header merge Cache-Control "public"
Header set Expires "Thu, 01 Jan 1970 00:00:00 GMT"
</Files>
""",
            [get("/a.txt"), get("/b.png"), get("/c.js")],
            TREE,
            modules=EXPIRES,
        ),
    ],
)

MERGING = Family(
    "ExpiresActive merged",
    [
        Site(
            STEADY
            + """ExpiresActive On
ExpiresByType text/* "modification plus 20 years"
ExpiresByType text/plain "modification plus 21 years"
<Directory "@ROOT@/in">
ExpiresByType image/png A0
</Directory>
<Location "/off">
ExpiresActive Off
</Location>
Alias /off "@ROOT@"
""",
            [get("/in/a.txt"), get("/in/index.html"), get("/index.html"), get("/off/a.txt"), get("/d.none")],
            TREE,
            modules=EXPIRES,
        ),
        Site("ExpiresActive Off\nExpiresDefault A0", [get("/a.txt"), fails(get("/none"))], TREE, modules=EXPIRES),
        Site('ExpiresActive On\nExpiresDefault "Access plus 1 month"', [get("/a.txt")], TREE, modules=EXPIRES),
    ],
)

CODES = Family(
    "Expires codes refused",
    [
        verdict(rejects, "no base", 'ExpiresDefault "tomorrow"'),
        verdict(rejects, "no number", 'ExpiresDefault "access plus month"'),
        verdict(rejects, "no unit", 'ExpiresDefault "access plus 1"'),
        verdict(rejects, "no such unit", 'ExpiresByType text/html "now 1 fortnight"'),
        verdict(rejects, "no type", 'ExpiresByType html "now 1 day"'),
        verdict(rejects, "no code", "ExpiresByType text/html"),
        verdict(rejects, "neither on nor off", "ExpiresActive yes"),
        verdict(rejects, "an empty code", 'ExpiresByType text/html ""'),
        verdict(
            accepts,
            "abbreviations",
            'ExpiresDefault "a p 1 y 2 mo 3 w 4 d 5 h 6 mi 7 s"\nExpiresByType x/y "NOW 1 day 2 Hours"',
        ),
    ],
)

UNIQUE = Family(
    "UNIQUE_ID",
    [
        Site(
            """Header set X-Id "%{UNIQUE_ID}e" "expr=%{reqenv:UNIQUE_ID} !~ /^[A-Za-z0-9_-]{27}$/"
Header always set X-Has-Id yes "expr=%{reqenv:UNIQUE_ID} =~ /^[A-Za-z0-9_-]{27}$/"
Header always set X-Same yes "expr=%{reqenv:UNIQUE_ID} == %{reqenv:REDIRECT_UNIQUE_ID}"
ErrorDocument 404 /a.txt
""",
            [get("/a.txt"), get("/in/"), fails(get("/missing"))],
            TREE,
            log='%r ~%{UNIQUE_ID}e~',
            modules=MODULES + " unique_id",
        ),
        Site("", [get("/a.txt")], TREE, log="%r %{UNIQUE_ID}e"),
    ],
)

FAMILIES = [DEFAULTS, OTHERS, MERGING, CODES, UNIQUE]
