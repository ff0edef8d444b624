"""mod_rewrite: rules of servers and directories, conditions, maps, and what is refused."""

from dsl import MODULES, Family, Site, accepts, fails, get, head, rejects, request

WITH = MODULES + " rewrite"

TREE = {
    "index.html": "root\n",
    "a.txt": "a\n",
    "b.txt": "b\n",
    "x y.txt": "space\n",
    "a?b.txt": "mark\n",
    "50%.txt": "percent\n",
    "empty.txt": "",
    "d/a.txt": "d/a\n",
    "d/b.txt": "d/b\n",
    "d/index.html": "d/index\n",
    "d/e/a.txt": "d/e/a\n",
    "d/e/index.html": "d/e/index\n",
    "other/a.txt": "other/a\n",
    "app/index.php": "front controller\n",
    "app/style.css": "css\n",
    "app/wp-admin/index.php": "admin\n",
    "app/sub/page.txt": "page\n",
}

ECHO = """
Header always set X-Env "%{one}e|%{two}e|%{REDIRECT_one}e|%{REDIRECT_STATUS}e"
Header always set X-Query "expr=%{QUERY_STRING} %{REQUEST_URI}"
"""


def on(*rules):
    return "RewriteEngine On\n" + "\n".join(rules) + "\n"


def server(*rules, tree=None):
    return lambda *exchanges: Site(on(*rules) + ECHO, list(exchanges), tree or TREE, modules=WITH)


def inside(folder, *rules, before="", after=""):
    text = '%s\n<Directory "@ROOT@/%s">\nOptions FollowSymLinks\n%s</Directory>\n%s' % (
        before + ECHO,
        folder,
        on(*rules),
        after,
    )
    return lambda *exchanges: Site(text, list(exchanges), TREE, modules=WITH)


def htaccess(files, before=""):
    tree = {**TREE, **{k + "/.htaccess" if k else ".htaccess": v for k, v in files.items()}}
    text = before + ECHO + '\n<Directory "@ROOT@">\nOptions FollowSymLinks\nAllowOverride All\n</Directory>\n'
    return lambda *exchanges: Site(text, list(exchanges), tree, modules=WITH)


BASIC = Family(
    "RewriteRule in the server",
    [
        server(
            'RewriteRule "^/one$" "/a.txt"',
            "RewriteRule ^/two/(.*)$ /$1.txt",
            "RewriteRule !^/(a|b|d|nothing|three|five|root)  /nothing [L]",
            "RewriteRule ^/three$ d/a.txt",
            "RewriteRule ^/five$ @ROOT@/d/b.txt",
            "RewriteRule ^/root(/.*)$ $1",
        )(
            get("/one"),
            get("/two/b"),
            fails(get("/four")),
            get("/three"),
            get("/five"),
            fails(get("/root/etc/passwd")),
            get("/root@ROOT@/a.txt"),
            fails(get("/root/../etc/passwd")),
        ),
    ],
)

BETWEEN_SCHEMES = Family(
    "RewriteRule [R] between HTTP and HTTPS",
    [
        server(  # the FAQ's answer to relative links between HTTP and HTTPS
            "RewriteRule ^/(.*)_SSL$ https://%{SERVER_NAME}/$1 [R,L]",
            "RewriteRule ^/(.*)_NOSSL$ http://%{SERVER_NAME}/$1 [R,L]",
        )(get("/document.html_SSL"), get("/document.html_NOSSL"), get("/d/a.txt_SSL?x=1"), fails(get("/none"))),
    ],
)

REDIRECT = Family(
    "RewriteRule [R]",
    [
        server(
            "RewriteRule ^/old/(.*)$ /new/$1 [R=301,L]",
            "RewriteRule ^/temp$ /t [R,L]",
            "RewriteRule ^/perm$ /p [R=permanent,L]",
            "RewriteRule ^/see$ http://www.example.com/x [R=seeother,L]",
            "RewriteRule ^/else$ http://www.example.com/else",
            "RewriteRule ^/none$ - [R=404]",
            "RewriteRule ^/self$ http://localhost:@PORT@/a.txt",
            "RewriteRule ^/308$ /x [R=308,L]",
        )(
            get("/old/a%20b/c?x=1"),
            get("/temp"),
            get("/perm?a=%20"),
            get("/see"),
            get("/else?q=1"),
            fails(get("/none")),
            get("/self"),
            get("/308"),
            head("/temp"),
        ),
    ],
)

STOPS = Family(
    "RewriteRule [F,G,L,END,S,C,N]",
    [
        server(
            r"RewriteRule \.exe$ - [F]",
            r"RewriteRule ^/gone - [G]",
            "RewriteRule ^/last /a.txt [L]",
            "RewriteRule ^/end /b.txt [END]",
            "RewriteRule ^/skip - [S=1]",
            "RewriteRule ^/skip /nothing",
            "RewriteRule ^/skip /a.txt",
            "RewriteRule ^/chain /chained [C]",
            "RewriteRule ^/chain(ed)$ /b.txt",
            "RewriteRule ^/no-chain /x [C]",
            "RewriteRule ^/n/(.*)-(.*) /n/$1_$2 [N]",
            "RewriteRule ^/n/(a_b_c)$ /a.txt?$1",
            "RewriteRule ^/loop(.*) /loop$1x [N=5]",
            "RewriteRule ^/(a|b).txt /$1.txt",
        )(
            fails(get("/x.exe")),
            fails(get("/gone")),
            get("/last"),
            get("/end"),
            get("/skip"),
            get("/chain"),
            get("/n/a-b-c"),
            fails(get("/loop")),
            get("/chained"),
        ),
    ],
)

QUERIES = Family(
    "RewriteRule [QSA,QSD,QSL]",
    [
        server(
            "RewriteRule ^/plain /a.txt",
            "RewriteRule ^/replace /a.txt?new=1",
            "RewriteRule ^/append /a.txt?new=1 [QSA]",
            "RewriteRule ^/discard /a.txt [QSD]",
            "RewriteRule ^/mark /a.txt?",
            "RewriteRule ^/qsl /a?b.txt?last=1 [QSL]",
            "RewriteRule ^/rq /x?a=$0 [R]",
            "RewriteRule ^/both /x?c=1 [R,QSA,NE]",
        )(
            get("/plain?q=1"),
            get("/replace?q=1"),
            get("/append?q=1"),
            get("/append"),
            get("/discard?q=1"),
            get("/mark?q=1"),
            get("/qsl"),
            get("/rq?b=2"),
            get("/both?b=%20"),
            fails(get("/nowhere?q=1")),
        ),
    ],
)

ESCAPES = Family(
    "RewriteRule [B,BNP,BNE,BCTLS,NE]",
    [
        server(
            "RewriteRule ^/b/(.*) /x?q=$1 [B,R,NE]",
            "RewriteRule ^/bnp/(.*) /x?q=$1 [B,BNP,R,NE]",
            "RewriteRule ^/bc/(.*) /x?q=$1 [BCTLS,R,NE]",
            "RewriteRule ^/bl/(.*) /x?q=$1 [B=?&,R,NE]",
            'RewriteRule ^/bne/(.*) /x?q=$1 "[B,BNE=/ ,R,NE]"',
            "RewriteRule ^/ne/(.*) /x#$1 [NE,R]",
            "RewriteRule ^/e/(.*) /x#$1 [R]",
            "RewriteRule ^/raw/(.*) /x?q=$1",
        )(
            get("/b/a%20b%26c%3dd/e%25"),
            get("/bnp/a%20b"),
            get("/bc/a%20b%26%09c"),
            get("/bl/a%26b%3dc"),
            get("/bne/a%20b/c%26"),
            get("/ne/a%20b"),
            get("/e/a%20b%23"),
            fails(get("/raw/a%20b")),
            fails(get("/raw/a%3fb")),
            get("/b/%e4%f6_~x"),
        ),
    ],
)

UNSAFE = Family(
    "RewriteRule [UnsafeAllow3F,UnsafePrefixStat,UNC]",
    [
        server(
            "RewriteRule ^/allow/(.*) /a.txt?q=$1 [UnsafeAllow3F]",
            "RewriteRule ^/refuse/(.*) /a.txt?q=$1",
            "RewriteRule ^/first/(.*) /a.txt$1?x",
            "RewriteRule ^/last/(.*) /a.txt?x=$1 [QSL]",
            "RewriteRule ^/top$ /",
            "RewriteRule ^/path(/.*) $1 [UnsafePrefixStat]",
            "RewriteRule ^/nopath(/.*) $1",
            "RewriteRule ^/slash/(.*) //$1",
            "RewriteRule ^/unc/(.*) $1 [UNC]",
        )(
            get("/allow/a%3fb"),
            get("/refuse/a%3Fb"),
            fails(get("/first/a%3Fb")),
            fails(get("/last/a%3fb")),
            get("/top"),
            get("/path@ROOT@/a.txt"),
            fails(get("/path/etc/hostname-of-nobody")),
            fails(get("/nopath/usr/share/x")),
            get("/slash/a.txt"),
            get("/nopath//d/a.txt"),
        ),
    ],
)

VALUES = Family(
    "RewriteRule [E,CO,T,H]",
    [
        server(
            "RewriteRule ^/(a).txt - [E=one:$1,E=two:%{REQUEST_METHOD}]",
            "RewriteRule ^/b.txt - [E=one,E=two:x:y]",
            "RewriteRule ^/d/ - [E=one:1,E=!one]",
            "RewriteRule ^/cookie /a.txt [CO=n:v:.example.com]",
            "RewriteRule ^/cookie2 /a.txt [CO=;n;a:b;.example.com;0;/p;secure;HttpOnly;Lax]",
            "RewriteRule ^/type /a.txt [T=text/X-Other]",
            "RewriteRule ^/handler - [R=404]",
            "RewriteRule ^/default /a.txt [H=default-handler]",
        )(
            get("/a.txt"),
            get("/b.txt"),
            get("/d/a.txt"),
            get("/cookie"),
            get("/cookie2"),
            get("/type"),
            fails(get("/handler/x")),
            get("/default"),
        ),
    ],
)

CONDITIONS = Family(
    "RewriteCond",
    [
        server(
            "RewriteCond %{REQUEST_METHOD} ^(GET|HEAD)$",
            "RewriteCond %{QUERY_STRING} (?:^|&)id=([0-9]+)",
            "RewriteRule ^/id$ /r?%1 [R,L]",
            "RewriteCond %{HTTP_USER_AGENT} one [NC,OR]",
            "RewriteCond %{HTTP:X-Two} ^two$",
            "RewriteCond %{HTTP_HOST} !^www",
            "RewriteRule ^/or$ /a.txt [L]",
            "RewriteCond %{HTTP:X-Three} . [NV]",
            "RewriteRule ^/nv$ /b.txt [L]",
            'RewriteCond expr "%{HTTP:X-Four} =~ /^(.+)$/"',
            "RewriteRule ^/expr$ /r?%1 [R,L]",
            "RewriteCond %{HTTP_HOST}//%{HTTP_REFERER} !^([^/]+)//https?://\\1/",
            "RewriteRule ^/image$ - [F]",
        )(
            get("/id?id=12"),
            fails(get("/id?id=x")),
            get("/or", "User-Agent: number ONE"),
            get("/or", "X-Two: two"),
            fails(get("/or")),
            get("/nv", "X-Three: 3"),
            get("/expr", "X-Four: four"),
            fails(get("/image", "Referer: http://elsewhere/")),
            fails(get("/image", "Referer: http://localhost/page")),
        ),
    ],
)

COMPARISONS = Family(
    "RewriteCond comparisons",
    [
        server(
            *[
                "RewriteCond %%{QUERY_STRING} %s\nRewriteRule ^/%s$ /a.txt [L]" % (test, name)
                for name, test in (
                    ("eq", "-eq10"),
                    ("ne", "!-ne10"),
                    ("ge", "-ge10"),
                    ("lt", "-lt10"),
                    ("less", "<abc"),
                    ("more", ">=abc"),
                    ("same", "=abc [NC]"),
                    ("empty", '=""'),
                )
            ]
        )(
            get("/eq?10x"),
            get("/ne?10"),
            get("/ge?11"),
            fails(get("/lt?10")),
            get("/less?zz"),
            fails(get("/more?zz")),
            get("/same?ABC"),
            get("/empty"),
            fails(get("/empty?x")),
            get("/lt?-1"),
        ),
    ],
)

FILES = Family(
    "RewriteCond files and look-aheads",
    [
        Site(
            on(
                "RewriteCond @ROOT@%{REQUEST_URI} -f",
                "RewriteCond @ROOT@%{REQUEST_URI} !-s",
                "RewriteRule . /a.txt?empty [L]",
                "RewriteCond @ROOT@%{REQUEST_URI} -d",
                "RewriteRule /e$ /b.txt?directory [L]",
                "RewriteCond @ROOT@%{REQUEST_URI} -l",
                "RewriteRule . /b.txt?link [L]",
                "RewriteCond %{LA-U:REQUEST_FILENAME} other/a.txt$",
                "RewriteRule . /a.txt?ahead [L]",
                "RewriteCond %{REQUEST_URI} -U",
                "RewriteRule ^/d/b.txt /b.txt?exists [L]",
                "RewriteCond %{LA-F:REQUEST_FILENAME} ^(.*)$",
                "RewriteRule ^/la-f$ /x?%1 [R,L]",
                "RewriteCond @ROOT@/d/a.txt -F",
                "RewriteRule ^/file$ /a.txt?file [L]",
                "RewriteCond @ROOT@/private/a.txt !-F",
                "RewriteRule ^/private$ /a.txt?private [L]",
            )
            + ECHO
            + '\n<Directory "@ROOT@/private">\nRequire all denied\n</Directory>\n',
            [
                get("/empty.txt"),
                get("/d/e"),
                get("/link.txt"),
                get("/other/a.txt"),
                get("/d/b.txt"),
                get("/la-f"),
                get("/file"),
                get("/private"),
                fails(get("/missing")),
            ],
            {**TREE, "link.txt": ("link", "a.txt"), "private/a.txt": "p\n"},
            modules=WITH,
        ),
    ],
)

VARIABLE_NAMES = (
    "HTTP_HOST HTTP_ACCEPT REMOTE_ADDR REQUEST_METHOD SCRIPT_FILENAME REQUEST_FILENAME PATH_INFO "
    "QUERY_STRING AUTH_TYPE DOCUMENT_ROOT SERVER_ADMIN SERVER_NAME SERVER_PORT SERVER_PROTOCOL "
    "API_VERSION THE_REQUEST REQUEST_URI REQUEST_SCHEME IS_SUBREQ HTTPS CONTEXT_PREFIX "
    "CONTEXT_DOCUMENT_ROOT IPV6 SCRIPT_USER SCRIPT_GROUP REMOTE_IDENT REMOTE_USER SERVER_ADDR "
    "REMOTE_HOST CONN_REMOTE_ADDR ENV:two ENV:NOTHING HTTP:X-One SSL:SSL_PROTOCOL NO_SUCH http_host"
).split()
ALL = "|".join("%%{%s}" % name for name in VARIABLE_NAMES)

VARIABLES = Family(
    "RewriteRule variables",
    [
        server(
            "RewriteRule ^/ - [E=two:2]",
            'RewriteRule ^/ - "[E=one:%s]"' % ALL,
            "RewriteRule ^/literal %\\{HTTP_HOST}$x%y\\\\z%{unclosed [R,L]",
        )(
            get("/a.txt?q=1", "X-One: 1", "Accept: text/*"),
            get("/d/e/"),
            fails(get("/missing")),
            get("/literal"),
        ),
        inside("d", "RewriteRule a.txt$ - [E=two:2]", 'RewriteRule ^ - "[E=one:%s]"' % ALL)(
            get("/d/a.txt"), fails(get("/d/missing/x")), get("/d/a.txt?x")
        ),
    ],
)

MAPS = Family(
    "RewriteMap",
    [
        Site(
            on(
                "RewriteMap names txt:@ROOT@/map.txt",
                "RewriteMap one rnd:@ROOT@/map.txt",
                "RewriteMap up int:toupper",
                "RewriteMap low int:tolower",
                "RewriteMap esc int:escape",
                "RewriteMap unesc int:unescape",
                'RewriteMap prog "prg:/bin/sed -u s/^x$/NULL/;s/^/p-/;s/^p-NULL$/NULL/"',
                "RewriteRule ^/map/(.*) /r?${names:$1|none} [R,L]",
                "RewriteRule ^/rnd /r?${one:same} [R,L]",
                "RewriteRule ^/int/(.*) /r?${up:$1},${low:$1},${esc:$1},${unesc:$1},${no:$1|x} [R,NE,L]",
                "RewriteRule ^/prog/(.*) /r?${prog:$1|default} [R,L]",
                "RewriteRule ^/nest/(.*) /r?${names:${low:$1}|${up:$1}} [R,L]",
                "RewriteCond ${names:%{REQUEST_URI}} ^(.+)$",
                "RewriteRule ^/uri /r?%1 [R,L]",
            ),
            [
                get("/map/key"),
                get("/map/missing"),
                get("/map/second"),
                get("/rnd"),
                get("/int/Ab%2541c"),
                get("/prog/abc"),
                get("/prog/x"),
                get("/nest/KEY"),
                get("/nest/other"),
                fails(get("/uri")),
            ],
            {
                **TREE,
                "map.txt": "# comment\nkey value rest\n second no\nkey again\nsecond\ttabbed\nempty\nsame a|a|a\n",
            },
            modules=WITH,
        ),
    ],
)

PASS = Family(
    "RewriteRule [PT,NS,P]",
    [
        Site(
            on(
                "RewriteRule ^/pt /alias/a.txt [PT]",
                "RewriteRule ^/nopt /alias/a.txt",
                "RewriteRule ^/redirect /moved/x [PT]",
                "RewriteRule index.html$ /a.txt [NS]",
                "RewriteRule ^/proxy http://127.0.0.1:1/ [P]",
            )
            + "Alias /alias @ROOT@/other\nRedirect /moved http://example.com/\n",
            [
                get("/pt"),
                fails(get("/nopt")),
                get("/redirect"),
                get("/d/"),
                get("/d/index.html"),
                fails(get("/proxy")),
            ],
            TREE,
            modules=WITH,
        ),
    ],
)

DIRECTORY = Family(
    "RewriteRule in <Directory>",
    [
        inside(
            "d",
            "RewriteRule ^one$ a.txt",
            "RewriteRule ^two$ /a.txt",
            "RewriteRule ^three$ e/ [E=one:three]",
            "RewriteRule ^four$ http://localhost:@PORT@/d/five",
            "RewriteRule ^five$ b.txt [R]",
            "RewriteRule ^six$ - [F]",
            "RewriteRule ^a.txt$ a.txt",
            "RewriteRule ^seven$ http://example.com/ [R=301]",
        )(
            get("/d/one?q=1"),
            get("/d/two"),
            get("/d/three"),
            get("/d/four"),
            get("/d/five"),
            fails(get("/d/six")),
            get("/d/a.txt"),
            get("/d/seven?x"),
            get("/d"),
        ),
    ],
)

CONTEXTS = Family(
    "RewriteBase, Options, RewriteOptions",
    [
        inside(
            "other",
            "RewriteBase /al/",
            "RewriteRule ^one$ a.txt",
            "RewriteRule ^two$ a.txt [R]",
            before="Alias /al @ROOT@/other",
        )(get("/al/one"), get("/al/two"), get("/other/one")),
        inside("other", "RewriteRule ^one$ a.txt", before="Alias /zz @ROOT@/other")(
            get("/zz/one"), fails(get("/zz/none"))
        ),
        Site(
            '<Directory "@ROOT@/d">\nOptions None\nRewriteEngine On\nRewriteRule ^x a.txt\n</Directory>',
            [fails(get("/d/a.txt"))],
            TREE,
            modules=WITH,
        ),
        Site(
            on("RewriteRule ^/d/server$ /a.txt [L]", "RewriteOptions InheritDown")
            + '<Directory "@ROOT@/d">\nOptions FollowSymLinks\nRewriteRule ^outer$ a.txt\n</Directory>\n'
            '<Directory "@ROOT@/d/e">\nOptions FollowSymLinks\nRewriteOptions Inherit\nRewriteRule ^inner$ a.txt\n</Directory>\n',
            [get("/d/outer"), get("/d/e/inner"), get("/d/e/outer"), get("/d/server")],
            TREE,
            modules=WITH,
        ),
    ],
)

VHOSTS = Family(
    "RewriteRule and virtual hosts",
    [
        Site(
            on("RewriteRule ^/main$ /a.txt")
            + "<VirtualHost *:@PORT@>\nServerName one\nDocumentRoot @ROOT@\n</VirtualHost>\n"
            "<VirtualHost *:@PORT@>\nServerName two\nDocumentRoot @ROOT@\nRewriteEngine On\n"
            "RewriteOptions Inherit\nRewriteRule ^/two$ http://two:@PORT@/b.txt\n</VirtualHost>\n"
            "<VirtualHost *:@PORT@>\nServerName three\nServerAlias drei\nDocumentRoot @ROOT@\nRewriteEngine On\n"
            "RewriteCond %{HTTP_HOST} !^three [NC]\nRewriteRule ^/(.*)$ http://three/$1 [R=301,L]\n</VirtualHost>\n",
            [
                fails(get("/main", "Host: one")),
                get("/main", "Host: two"),
                get("/two", "Host: two"),
                fails(get("/three", "Host: THREE")),
                get("/a%20b?c=d", "Host: drei"),
            ],
            TREE,
            modules=WITH,
        ),
    ],
)

WORDPRESS = """RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /app/
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /app/index.php [L]
"""

LARAVEL = """Options -MultiViews -Indexes
RewriteEngine On
RewriteCond %{HTTP:Authorization} .
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteCond %{REQUEST_FILENAME} !-d
RewriteCond %{REQUEST_URI} (.+)/$
RewriteRule ^ %1 [L,R=301]
RewriteCond %{REQUEST_FILENAME} !-d
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^ index.php [L]
"""

DRUPAL = """RewriteEngine on
RewriteRule ^ - [E=protossl]
RewriteCond %{HTTPS} on
RewriteRule ^ - [E=protossl:s]
RewriteRule "/\\.|^\\.(?!well-known/)" - [F]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteCond %{REQUEST_URI} !=/favicon.ico
RewriteRule ^ index.php [L]
"""

SYMFONY = """RewriteEngine On
RewriteCond %{REQUEST_URI}::$0 ^(/.+)/(.*)::\\2$
RewriteRule .* - [E=BASE:%1]
RewriteCond %{ENV:REDIRECT_STATUS} =""
RewriteRule ^index\\.php(?:/(.*)|$) %{ENV:BASE}/$1 [R=301,L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^ %{ENV:BASE}/index.php [L]
"""

FRONT_CONTROLLERS = Family(
    "front controllers in .htaccess",
    [
        htaccess({"app": WORDPRESS})(
            get("/app/2024/hello-world/?p=1"), get("/app/style.css"), get("/app/wp-admin")
        ),
        htaccess({"app": LARAVEL})(get("/app/users/1"), get("/app/users/"), get("/app/sub")),
        htaccess({"app": DRUPAL})(get("/app/node/1"), fails(get("/app/.git/config"))),
        htaccess({"app": SYMFONY})(get("/app/index.php/home"), get("/app/home")),
    ],
)

HTACCESS = Family(
    "RewriteRule in .htaccess",
    [
        htaccess(
            {
                "": on("RewriteRule ^top$ a.txt", "RewriteRule ^d/top2$ a.txt"),
                "d": on("RewriteRule ^x$ b.txt", "RewriteRule ^back$ ../a.txt", "RewriteRule ^pi(/.*)$ a.txt?$1"),
                "d/e": "RewriteEngine Off\n",
                "other": on("RewriteRule ^(.*)$ $1x"),
                "app": on("RewriteRule ^end$ sub/page.txt [END]", "RewriteRule ^sub - [F]"),
            }
        )(
            get("/top"),
            fails(get("/d/top2")),
            get("/d/x?q"),
            get("/d/back"),
            get("/d/pi/a/b"),
            fails(get("/d/e/x")),
            fails(get("/other/a")),
            get("/app/end"),
            fails(get("/app/sub/page.txt")),
        ),
    ],
)

HTACCESS_ENCODING = Family(
    "RewriteRule in .htaccess: encoded characters",
    [
        htaccess(
            {
                "": on(
                    "RewriteRule ^s$ x\\ y.txt",
                    "RewriteRule ^p$ 50%25.txt",
                    "RewriteRule ^p2$ 50%.txt",
                    "RewriteRule ^q$ a%3fb.txt",
                    "RewriteRule ^h$ a.txt#frag",
                    "RewriteRule ^r/(.*)$ /r/$1 [R]",
                    "RewriteRule ^t/(.*)$ /a.txt?v=$1 [QSA]",
                )
            }
        )(
            get("/s"),
            get("/p"),
            fails(get("/p2")),
            get("/q"),
            get("/h"),
            get("/r/%C3%A4%20%25%22"),
            fails(get("/t/a%20b?c=d")),
            get("/t/ab?c=d"),
        ),
    ],
)

OTHER_SECTIONS = Family(
    "RewriteRule in other sections",
    [
        Site(
            '<Location "/loc">\nRewriteEngine On\nRewriteRule ^.*/loc/x$ /a.txt\nRewriteRule /loc/y rel\n</Location>\n'
            '<Directory "@ROOT@/d">\n<Files "b.txt">\nRewriteEngine On\nRewriteRule b.txt /a.txt\n</Files>\n</Directory>\n'
            "<If \"%{QUERY_STRING} == 'if'\">\nRewriteEngine On\nRewriteRule ^ /b.txt\n</If>\n"
            '<Directory "@ROOT@/app">\n<If "true">\nRewriteEngine On\nRewriteRule ^(.*)$ relative/$1\n</If>\n</Directory>\n',
            [
                get("/loc/x"),
                fails(get("/loc/y")),
                get("/d/b.txt"),
                get("/a.txt?if"),
                get("/d/a.txt"),
                fails(get("/app/style.css")),
            ],
            TREE,
            modules=WITH,
        ),
    ],
)

USUAL = Family(
    "RewriteRule as administrators write it",
    [
        server(
            "RewriteCond %{HTTPS} off",
            "RewriteCond %{REQUEST_URI} !^/\\.well-known/acme-challenge/",
            "RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]",
        )(get("/a%20b?x=%20y"), fails(get("/.well-known/acme-challenge/x"))),
        server(
            "RewriteCond %{HTTP_REFERER} !^$",
            "RewriteCond %{HTTP_REFERER} !^https?://(www\\.)?localhost/ [NC]",
            "RewriteRule \\.(txt|css)$ - [NC,F]",
        )(get("/a.txt"), fails(get("/a.txt", "Referer: http://evil/"))),
        server(
            "RewriteCond %{HTTP_HOST} ^www\\.(.+)$ [NC]",
            "RewriteRule ^/(.*)$ http://%1/$1 [R=301,L]",
            "RewriteCond %{THE_REQUEST} \\s/+(.*)/index\\.html[\\s?]",
            "RewriteRule ^ /%1/ [R=301,L]",
        )(get("/x", "Host: WWW.example.com"), get("/d/index.html?q"), get("/d/")),
        server(
            "RewriteCond %{QUERY_STRING} ^id=(\\d+)$",
            "RewriteRule ^/article\\.php$ /articles/%1? [R=301,L]",
            "RewriteCond %{REQUEST_METHOD} ^(TRACE|TRACK|DELETE)",
            "RewriteRule .* - [F]",
        )(get("/article.php?id=7"), fails(request("DELETE /a.txt HTTP/1.1"))),
    ],
)

LOOPS = Family(
    "rewrite loops",
    [
        htaccess({"d": on("RewriteRule ^(.*)$ p$1")})(fails(get("/d/a"))),
        htaccess({"d": on("RewriteRule ^a.txt$ b.txt", "RewriteRule ^b.txt$ a.txt")})(get("/d/a.txt")),
        Site(
            on("RewriteRule ^/d/missing - [F]") + "ErrorDocument 403 /a.txt\nErrorDocument 404 /err\n",
            [fails(get("/d/missing")), fails(get("/nowhere"))],
            TREE,
            modules=WITH,
        ),
    ],
)

REFUSED = Family(
    "rewrite directives refused",
    [
        Site(
            "",
            [
                rejects("unknown flag", "RewriteRule a b [Z]"),
                rejects("no brackets", "RewriteRule a b L"),
                rejects("one word", "RewriteRule a"),
                rejects("bad pattern", "RewriteRule ( b"),
                rejects("bad status", "RewriteRule a b [R=999]"),
                rejects("condition with one word", "RewriteCond a"),
                rejects("bad condition pattern", "RewriteCond a [b"),
                rejects("condition flag", "RewriteCond a b [X]"),
                rejects("BNE without list", "RewriteRule a b [BNE]"),
                accepts("odd shapes", 'RewriteCond "a b" "c d" "[ NC , OR ]"\nRewriteRule "a\\ b" \'x y\' "[ L , R=301 ]" rest'),
            ],
            modules=WITH,
        ),
    ],
)

MORE_REFUSED = Family(
    "rewrite maps, options and bases refused",
    [
        Site(
            "",
            [
                rejects("map without file", "RewriteMap m txt:/no/such/file"),
                rejects("unknown function", "RewriteMap m int:frobnicate"),
                rejects("SQL", "RewriteMap m dbd:SELECT"),
                rejects("program missing", "RewriteMap m prg:/no/such/program"),
                rejects("unknown option", "RewriteOptions Frobnicate"),
                rejects("base in the server", "RewriteBase /x"),
                rejects("base without slash", "<Directory />\nRewriteBase x\n</Directory>"),
                rejects("bad expression", 'RewriteCond expr "%{"'),
                accepts("options", "RewriteOptions InheritBefore MergeBase LegacyPrefixDocRoot"),
                rejects("engine", "RewriteEngine Maybe"),
            ],
            modules=WITH,
        ),
    ],
)

FAMILIES = [
    BASIC,
    BETWEEN_SCHEMES,
    REDIRECT,
    STOPS,
    QUERIES,
    ESCAPES,
    UNSAFE,
    VALUES,
    CONDITIONS,
    COMPARISONS,
    FILES,
    VARIABLES,
    MAPS,
    PASS,
    DIRECTORY,
    CONTEXTS,
    VHOSTS,
    FRONT_CONTROLLERS,
    HTACCESS,
    HTACCESS_ENCODING,
    OTHER_SECTIONS,
    USUAL,
    LOOPS,
    REFUSED,
    MORE_REFUSED,
]
