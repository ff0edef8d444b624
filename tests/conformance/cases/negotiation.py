"""mod_negotiation: MultiViews, type maps, and how the best variant is found."""

from dsl import MODULES, Family, Site, accepts, fails, get, head, rejects, request

NEGOTIATION = MODULES + " negotiation"
TYPES = """AddLanguage en .en
AddLanguage de .de
AddLanguage fr .fr
AddLanguage pt-br .pt-br
AddCharset utf-8 .utf8
AddCharset iso-8859-2 .latin2
AddEncoding x-gzip .gz
AddHandler type-map .var
"""
TREE = {
    "page.html.en": "english page\n",
    "page.html.de": "deutsche Seite\n",
    "page.html.fr": "page en francais, la plus longue de toutes\n",
    "pic.png": "png png png",
    "pic.gif": "gif gif",
    "pic.txt": "a picture",
    "text.txt": "plain",
    "text.txt.gz": "packed",
    "doc.txt.utf8": "utf8",
    "doc.txt.latin2": "latin2, which is longer",
    "one.html": "only one",
    "mixed.html": "no language",
    "mixed.html.de": "mixed deutsch",
    "brazil.html.pt-br": "brasil",
    "sub/index.html.en": "english index",
    "sub/index.html.de": "deutscher Index",
    "odd.foo": "of no type",
    "odd2.html.foo": "a part of no meaning",
    "odd name&<x>.html": "odd",
    "odd name&<x>.txt": "odd text",
    "dir.html/x.txt": "a directory",
    "many.en.html": "1",
    "many.de.html": "22",
    "many.fr.txt": "333",
    "script.cgi": "a script",
    "script.html": "beside a script",
    "both.html.en.de": "two languages",
    "both.html.fr": "one language",
}


def views(config, *exchanges, tree=None, **more):
    text = TYPES + '<Directory "@ROOT@">\nOptions +MultiViews\n%s\n</Directory>' % config
    return Site(text, list(exchanges), tree or TREE, modules=NEGOTIATION, **more)


LANGUAGES = Family(
    "Options MultiViews, languages",
    [
        views(
            "",
            get("/page", "Accept-Language: de"),
            get("/page", "Accept-Language: de;q=0.5, en;q=0.8, *;q=0.1"),
            get("/page.html", "Accept-Language: fr-CH, de;q=0.3"),
            head("/page", "Accept-Language: en-US"),
            fails(get("/page", "Accept-Language: it")),
            fails(head("/page", "Accept-Language: it")),
            get("/page"),
            get("/mixed", "Accept-Language: fr"),
            get("/brazil", "Accept-Language: pt"),
            fails(get("/page.de.txt")),
        ),
    ],
)

PRIORITY = Family(
    "LanguagePriority, ForceLanguagePriority",
    [
        views("LanguagePriority fr de\nForceLanguagePriority Prefer", get("/page"), fails(get("/page", "Accept-Language: it"))),
        views(
            "LanguagePriority de en\nForceLanguagePriority Prefer Fallback",
            get("/page", "Accept-Language: it"),
            get("/page", "Accept-Language: fr, en"),
            get("/sub/"),
        ),
        views("LanguagePriority de\nForceLanguagePriority Fallback", get("/page"), get("/page", "Accept-Language: it")),
        views("LanguagePriority fr\nForceLanguagePriority None", get("/page"), fails(get("/page", "Accept-Language: it"))),
        views("SetEnvIf Request_URI . prefer-language=de\n", get("/page", "Accept-Language: fr")),
    ],
)

TYPE = Family(
    "Options MultiViews, media types",
    [
        views(
            "",
            get("/pic"),
            get("/pic", "Accept: image/gif"),
            get("/pic", "Accept: image/*, text/plain;q=0.9"),
            get("/pic", "Accept: text/*, image/gif"),
            get("/pic", "Accept: image/png;q=0.5, */*;q=0.1"),
            fails(get("/pic", "Accept: video/mpeg")),
            get("/many", "Accept: text/html", "Accept-Language: fr, de;q=0.5"),
            get("/odd%20name&%3cx%3e", "Accept: text/plain"),
            fails(get("/odd%20name&%3cx%3e", "Accept: video/mpeg")),
            fails(get("/odd")),
        ),
    ],
)

CODING = Family(
    "Options MultiViews, codings and charsets",
    [
        views(
            "",
            get("/text"),
            get("/text", "Accept-Encoding: gzip"),
            get("/text", "Accept-Encoding: x-gzip, identity;q=0"),
            get("/text.txt.gz", "Accept-Encoding: deflate, x-gzip"),
            get("/text.txt.gz", "Accept-Encoding: gzip;q=0"),
            fails(get("/text", "Accept-Encoding: identity;q=0")),
            get("/doc", "Accept-Charset: iso-8859-2"),
            fails(get("/doc", "Accept-Charset: koi8-r")),
            get("/doc", "Accept-Charset: koi8-r, *;q=0.1"),
        ),
        views("SetEnv no-gzip 1\n", get("/text", "Accept-Encoding: gzip, identity;q=0.5")),
    ],
)

ENVIRONMENT = Family(
    "Options MultiViews, no-gzip and others",
    [
        Site(
            TYPES
            + "BrowserMatch old no-gzip\nBrowserMatch html gzip-only-text/html\n"
            + "BrowserMatch german prefer-language=de\nBrowserMatch klingon prefer-language=tlh\n"
            + '<Directory "@ROOT@">\nOptions +MultiViews\n</Directory>',
            [
                get("/text", "User-Agent: old", "Accept-Encoding: gzip, identity;q=0.5"),
                get("/text", "User-Agent: html", "Accept-Encoding: gzip, identity;q=0.5"),
                get("/page", "User-Agent: german", "Accept-Language: en"),
                fails(get("/page", "User-Agent: klingon", "Accept-Language: it")),
                get("/page", "User-Agent: klingon", "Accept-Language: fr"),
                # What was chosen leaves nothing behind with the file.
                get("/page.html.fr"),
                get("/page.html.fr"),
            ],
            TREE,
            modules=NEGOTIATION,
        ),
    ],
)

TRANSPARENT = Family(
    "Negotiate (RFC 2295)",
    [
        views(
            "",
            get("/page", "Negotiate: vlist"),
            get("/page", "Negotiate: 1.0", "Accept-Language: de, en;q=0.5"),
            get("/page", "Negotiate: 1.0", "Accept-Language: *"),
            get("/page", "Negotiate: *", "Accept-Language: en-us"),
            get("/page", "Negotiate: trans, trans"),
            get("/page", "Negotiate: trans", "User-Agent: Lynx/2.8"),
            head("/page", "Negotiate: guess-small"),
            fails(get("/page", "Negotiate: nonsense")),
            get("/page", "Negotiate: *", "Accept-Language: it"),
            request("POST /page HTTP/1.1", "Negotiate: vlist", body=b"x=1"),
        ),
    ],
)

ROUND = Family(
    "Options MultiViews, what is around it",
    [
        views(
            "",
            get("/one"),
            get("/one?a=b"),
            fails(get("/one/more/path?a=b")),
            get("/sub/", "Accept-Language: de"),
            get("/odd2"),
            fails(get("/dir/x.txt")),
            fails(get("/absent")),
            fails(request("PUT /page HTTP/1.1", body=b"x")),
            request("OPTIONS /page HTTP/1.1"),
            request("GET /page HTTP/1.0"),
        ),
    ],
)

AROUND = Family(
    "Options MultiViews, sections and names",
    [
        views("AcceptPathInfo On", get("/one/more/path?a=b", "Accept: text/html")),
        views(
            '<Files "page.html.de">\nRequire all denied\n</Files>',
            get("/page", "Accept-Language: de, en;q=0.1"),
            fails(get("/page.html.de")),
        ),
        views("DirectoryIndex index", get("/sub/", "Accept-Language: de"), fails(get("/sub/", "Accept-Language: it"))),
        views("MultiviewsMatch Any", get("/odd"), get("/odd2")),
        views("MultiviewsMatch Handlers\nAddHandler default-handler .cgi", get("/script?a=b")),
        Site(TYPES, [fails(get("/page"))], TREE, modules=NEGOTIATION),
    ],
)

CONDITIONS = Family(
    "Options MultiViews, conditions and ranges",
    [
        views(
            "",
            get("/one", "If-None-Match: *"),
            get("/one", "If-Modified-Since: Thu, 01 Jan 2037 00:00:00 GMT"),
            get("/one", "Range: bytes=2-4"),
            fails(get("/one", 'If-Match: "x"')),
            get("/both", "Accept-Language: de, fr;q=0.5"),
            get("/one", 'If-None-Match: "8-60df7cf398340;60df7cf398340'),
        ),
        views("FileETag None", get("/one")),
        views("ErrorDocument 406 /one.html", fails(get("/page", "Accept-Language: it"))),
        views('ErrorDocument 406 "none"', fails(get("/page", "Accept-Language: it"))),
    ],
)

MAP = """# a comment
URI: page

URI: page.html.en
Content-type: text/html
Content-language: en
Description: "in (not) English"

URI: page.html.de
Content-type: text/html; qs=0.8
Content-language: de

URI: page.html.fr
Content-type: text/html;qs=0.5
Content-language: fr, fr-ch
Content-length: 17
"""
BODIES = """Content-language: en
Content-type: text/html; charset=UTF-8
Body:----------en--
<p>English</p>
----------en--

Content-language: de
Content-type: text/html; charset=UTF-8
Body:----------de--
<p>Deutsch, länger</p>
----------de-- and more
"""
PLACES = """URI: sub/index.html.en
Content-type: text/html
Content-language: en

URI: page.html.de
Content-type: text/html
Content-language: de
"""
MAPS = {
    **TREE,
    "map.var": MAP,
    "bodies.var": BODIES,
    "places.var": PLACES,
    "self.var": "URI: map.var\nContent-type: text/html\n",
    "gone.var": "URI: absent.html\nContent-type: text/html\n",
    "empty.var": "# nothing\n",
    "colon.var": "URI: page.html.en\nContent-type text/html\n",
    "nothing.var": "URI:\nContent-type: text/html\n",
    "length.var": "URI: page.html.en\nContent-type: text/html\n\nURI: one.html\nContent-length: many\n",
    "tag.var": "URI: page.html.en\nContent-type: text/html\n\nContent-type: text/plain\nBody:end\nno such tag\n",
    "long.var": "URI: pic.png\nContent-type: image/png;\n qs=0.3\n\nURI: pic.gif\nContent-type: image/gif;\n# here\n   qs=0.9\n",
    "coded.var": "URI: text.txt.gz\nContent-type: text/plain\nContent-encoding: gzip\n\n \t\nURI: text.txt\nContent-type: text/plain\n",
    "level.var": "URI: one.html\nContent-type: text/html;level=3\n\nURI: mixed.html\nContent-type: text/html;level=1\n",
    "chars.var": "URI: doc.txt.utf8\nContent-type: text/plain; charset=\"UTF-8\"\n\nURI: doc.txt.latin2\nContent-type: text/plain;charset=iso-8859-2\n",
}


def maps(config, *exchanges, **more):
    return Site(TYPES + config, list(exchanges), MAPS, modules=NEGOTIATION, **more)


TYPE_MAPS = Family(
    "type-map",
    [
        maps(
            "",
            get("/map.var", "Accept-Language: de"),
            get("/map.var?a=b"),
            get("/map.var", "Accept-Language: de;q=0.9, fr;q=1.0, en;q=0.1"),
            get("/map.var", "Negotiate: vlist"),
            fails(get("/map.var", "Accept-Language: it")),
            fails(head("/map.var", "Accept: image/png")),
            get("/places.var", "Accept-Language: de"),
            get("/places.var", "Accept-Language: en", "Negotiate: 1.0"),
            request("POST /map.var HTTP/1.1", body=b"a=b"),
            fails(get("/map.var/info")),
        ),
    ],
)

BODY = Family(
    "type-map with bodies",
    [
        maps(
            "",
            get("/bodies.var", "Accept-Language: de"),
            head("/bodies.var", "Accept-Language: de"),
            get("/bodies.var"),
            get("/bodies.var", "Range: bytes=3-9"),
            fails(get("/bodies.var", "Accept-Language: it")),
            fails(request("PUT /bodies.var HTTP/1.1", body=b"x")),
            request("POST /bodies.var HTTP/1.1", body=b"x"),
            fails(request("OPTIONS /bodies.var HTTP/1.1")),
            get("/bodies.var", "If-Modified-Since: Thu, 01 Jan 2015 00:00:00 GMT"),
            request("GET /bodies.var HTTP/1.0"),
        ),
    ],
)

WRONG = Family(
    "type-map, odd ones",
    [
        maps(
            "",
            fails(get("/self.var")),
            fails(get("/gone.var")),
            fails(get("/empty.var")),
            fails(get("/colon.var")),
            fails(get("/nothing.var")),
            get("/length.var"),
            get("/tag.var"),
            errors="info",
        ),
        maps("LanguagePriority en\nForceLanguagePriority Fallback\nErrorDocument 404 /bodies.var", fails(get("/x")), fails(get("/x", "Accept-Language: de"))),
    ],
)

MORE_MAPS = Family(
    "type-map, more fields",
    [
        maps(
            '<Directory "@ROOT@">\nOptions +MultiViews\n</Directory>\n',
            get("/long.var"),
            get("/long.var", "Accept: image/*;q=0.2, image/png"),
            get("/coded.var", "Accept-Encoding: gzip"),
            get("/level.var", "Accept: text/html;level=3"),
            get("/level.var", "Accept: text/html"),
            get("/chars.var", "Accept-Charset: iso-8859-2;q=0.5, utf-8"),
            fails(get("/map")),
            request("GET /map.var HTTP/1.0"),
        ),
        maps(
            '<Directory "@ROOT@">\nOptions +MultiViews\nMultiviewsMatch Handlers\n</Directory>\n',
            get("/map", "Accept-Language: de"),
            get("/bodies", "Accept-Language: de"),
        ),
    ],
)

DIRECTIVES = Family(
    "mod_negotiation, what is said",
    [
        Site(
            "",
            [
                rejects("no such option", "ForceLanguagePriority Perhaps"),
                rejects("None and Prefer", "ForceLanguagePriority None Prefer"),
                rejects("Fallback and None", "ForceLanguagePriority Fallback None"),
                rejects("nothing", "LanguagePriority"),
                rejects("no flag", "CacheNegotiatedDocs perhaps"),
                rejects("in a directory", '<Directory "/x">\nCacheNegotiatedDocs On\n</Directory>'),
                accepts("all of it", "LanguagePriority en de\nForceLanguagePriority Prefer Fallback\nCacheNegotiatedDocs On\n"
                        "<VirtualHost *>\nCacheNegotiatedDocs On\n</VirtualHost>"),
            ],
            modules=NEGOTIATION,
        ),
        maps("CacheNegotiatedDocs On\n", request("GET /map.var HTTP/1.0"), request("GET /bodies.var HTTP/1.0")),
    ],
)

ERROR_PAGES = """Alias /error/ "/usr/share/apache2/error/"
<Directory "/usr/share/apache2/error">
Options None
AddHandler type-map var
Require all granted
LanguagePriority en cs de es fr it nl sv pt-br ro
ForceLanguagePriority Prefer Fallback
</Directory>
ErrorDocument 403 /error/HTTP_FORBIDDEN.html.var
ErrorDocument 404 /error/HTTP_NOT_FOUND.html.var
DirectoryIndex absent index.html.var
<Location "/secret">
Require all denied
</Location>
<Directory "@ROOT@">
Options +MultiViews
</Directory>
"""
DEBIAN = Family(
    "type-map, Debian's localized error pages",
    [
        Site(
            TYPES + ERROR_PAGES,
            [
                fails(get("/none")),
                fails(get("/none", "Accept-Language: de-AT, de;q=0.9, en;q=0.5", "Accept: image/avif,*/*;q=0.8")),
                fails(head("/secret", "Accept-Language: tlh")),
                fails(get("/secret", "Accept-Language: pt-BR")),
                fails(get("/page", "Accept-Language: it")),
                get("/maps/", "Accept-Language: de"),
                fails(get("/maps/", "Accept-Language: it")),
            ],
            {
                **TREE,
                "maps/index.html.var": "URI: a.html.de\nContent-type: text/html\nContent-language: de\n\n"
                "URI: a.html.en\nContent-type: text/html\nContent-language: en\n",
                "maps/a.html.de": "Index",
                "maps/a.html.en": "index",
            },
            modules=NEGOTIATION,
        ),
    ],
)

FAMILIES = [DEBIAN, LANGUAGES, PRIORITY, TYPE, CODING, ENVIRONMENT, TRANSPARENT, ROUND, AROUND, CONDITIONS, TYPE_MAPS, BODY, WRONG, MORE_MAPS, DIRECTIVES]
