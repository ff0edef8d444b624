"""Server-side includes: mod_include."""

from dsl import MODULES, Family, Site, accepts, fails, get, head, rejects, request

MODS = MODULES + " include cgi"
ON = (
    'AddType text/html .shtml\nAddOutputFilter INCLUDES .shtml\n'
    '<Directory "@ROOT@">\nOptions +Includes +ExecCGI\n</Directory>\n'
)


def page(*lines):
    return "\n".join(lines) + "\n"


def site(tree, exchanges, config="", **options):
    options.setdefault("modules", MODS)
    return Site(ON + config, exchanges, tree, **options)


CHOICE = Family(
    "INCLUDES, who gets it",
    [
        site(
            {
                "none.shtml": "no element at all\n",
                "partial.shtml": "almost <!-",
                "open.shtml": "open <!--#echo",
                "first.shtml": '<!--#echo var="DOCUMENT_NAME" -->rest',
                "plain.html": '<!--#echo var="DOCUMENT_NAME" -->',
                "parsed.htm": 'x <!--#echo var="DOCUMENT_NAME" --> y',
            },
            [
                get("/none.shtml"),
                get("/partial.shtml"),
                get("/open.shtml"),
                get("/first.shtml"),
                head("/none.shtml"),
                request("GET /first.shtml HTTP/1.0"),
                get("/plain.html"),
                get("/parsed.htm", "If-Modified-Since: Wed, 03 Jan 2035 00:00:00 GMT"),
                fails(get("/first.shtml/info")),
                get("/none.shtml", "If-None-Match: *"),
            ],
            "AddHandler server-parsed .htm",
        )
    ],
)

OPTIONS = Family(
    "Options Includes, validators",
    [
        Site(
            "AddType text/html .shtml\nAddOutputFilter INCLUDES .shtml\n"
            '<Location "/tagged.shtml">\nSSIETag on\nSSILastModified on\n</Location>\n'
            '<Location "/safe">\nOptions +IncludesNOEXEC\n</Location>\n'
            '<Location "/tagged">\nOptions +Includes\n</Location>',
            [
                get("/off.shtml"),
                get("/tagged.shtml"),
                get("/safe.shtml"),
                get("/safe2.shtml"),
                fails(get("/missing.shtml")),
            ],
            {
                "off.shtml": '<!--#echo var="DOCUMENT_NAME" -->',
                "tagged.shtml": '<!--#echo var="DOCUMENT_NAME" -->',
                "safe.shtml": 'a<!--#exec cmd="echo x" -->b<!--#exec cgi="/x.cgi" -->c',
                "safe2.shtml": '<!--#include file="a.txt" --><!--#include virtual="/b.bin" -->',
                "a.txt": "text",
                "b.bin": "bytes",
            },
            modules=MODS,
        )
    ],
)

VARIABLES = Family(
    "echo, set, printenv",
    [
        site(
            {
                "echo.shtml": page(
                    '<!--#echo var="DOCUMENT_NAME" --> <!--#echo var="DOCUMENT_URI" -->',
                    '<!--#echo var="QUERY_STRING" --> <!--#echo var="QUERY_STRING_UNESCAPED" -->',
                    '<!--#echo var="LAST_MODIFIED" --> <!--#echo var="nope" -->',
                    '<!--#config timefmt="%Y-%m-%d %Z %z %%" --><!--#echo var="LAST_MODIFIED" -->',
                    '<!--#echo var="USER_NAME" --><!--#echo var="REMOTE_ADDR" -->',
                    '<!--#config echomsg="unset" --><!--#echo var="nope" var="1" var="DOCUMENT_ARGS" -->',
                    "<!--#echo  var = DOCUMENT_NAME -->|<!--#ECHO VAR='DOCUMENT_NAME'-->|<!--#echo var=`DOCUMENT_NAME`-->",
                ),
                "coding.shtml": page(
                    '<!--#set var="q" value="a b/c?d&e=f%41:~-_.\u00e9%zz<\'>" -->',
                    '<!--#echo encoding="urlencoded" var="q" -->|<!--#echo encoding="url" var="q" -->',
                    '<!--#echo encoding="base64" var="q" -->|<!--#echo var="q" -->',
                    '<!--#echo encoding="none" decoding="urlencoded" var="q" -->',
                    '<!--#echo encoding="none" decoding="url,url" var="q" -->|<!--#echo decoding="base64" var="q" -->',
                    '<!--#echo encoding="none,url" var="q" --><!--#echo encoding="odd" var="q" -->',
                    '<!--#echo decoding="odd" var="q" --><!--#echo decoding="odd" var="nope" -->',
                    '<!--#set var="b" decoding="base64" encoding="url" value="aGVsbG8gdw==" --><!--#echo var="b" -->',
                    '<!--#set var="e" value="&lt;&amp;&eacute;&#65;&#7;&#300;&foo;&" -->',
                    '<!--#echo encoding="none" var="e" -->|<!--#echo encoding="none" decoding="entity" var="e" -->',
                ),
                "set.shtml": page(
                    '<!--#set value="x" -->|<!--#set var="x" -->|<!--#set var="x" value="1" foo="2" -->',
                    '<!--#set var="y" value="${x}2$x$$x\\$x\\a${z}w$-${" --><!--#echo var="y" -->',
                    '<!--#set var="n$x" value=bare --><!--#echo var="n1" -->',
                    '<!--#set var="x" encoding="odd" value="9" --><!--#echo var="x" -->',
                    '<!--#set var="a&b" value="amp" --><!--#echo var="a&amp;b" -->',
                    "<!--#set var=\"q\" value='a\\'b\\\\\\'c' --><!--#echo encoding=\"none\" var=\"q\" -->",
                ),
                "env.shtml": '<!--#set var="REMOTE_PORT" value="<&>" --><!--#config timefmt="%Y" --><!--#printenv -->',
                "wrong.shtml": page(
                    '<!--#printenv x="y" -->|<!--#echo -->|<!--#echo "x" -->|<!--#echo ="x" -->',
                    '<!--# echo var="x" -->|<!--#-->|<!--#nosuch -->|<!--#nosuch-->|<!--#echo odd="x" -->',
                    '<!--#comment any thing="x" -->|<!--#echo var -->|<!--#echo var="x"y="z"-->',
                    '<!--#config errmsg="E-$DOCUMENT_NAME" --><!--#config odd="x" --><!--#config sizefmt="x" --><!--#config -->',
                ),
            },
            [
                get("/echo.shtml?x=%20y&a;b"),
                get("/echo.shtml"),
                get("/coding.shtml"),
                get("/set.shtml"),
                get("/env.shtml?a%26=b", "X-Field: 1", "User-Agent: <me>"),
                get("/wrong.shtml"),
                fails(get("/missing.shtml")),
            ],
            "SetEnv FROM_SERVER yes",
            log='"%r" %>s ~%b~',
        )
    ],
)


def nested(error):
    return {
        "else.shtml": error + "A<!--#else -->B<!--#endif -->C",
        "elif.shtml": error + 'A<!--#elif expr="true" -->D<!--#else -->B<!--#endif -->C',
        "deep.shtml": error + 'A<!--#if expr="true" -->X<!--#endif -->Y<!--#else -->B<!--#endif -->C',
    }


CONDITIONS = Family(
    "if, elif, else, endif",
    [
        site(
            {
                "flow.shtml": page(
                    '<!--#if expr="true" -->a<!--#elif expr="true" -->b<!--#else -->c<!--#endif -->',
                    '<!--#if expr="false" -->a<!--#elif expr="true" -->b<!--#else -->c<!--#endif -->',
                    '<!--#if expr="false" -->a<!--#elif expr="false" -->b<!--#else -->c<!--#endif -->',
                    '<!--#if expr="false" -->A<!--#if expr="true" -->D<!--#else -->B<!--#endif -->C<!--#else -->E<!--#endif -->F',
                    '<!--#if expr="true" -->A<!--#elif expr="((" -->D<!--#else x="y" -->B<!--#endif x="y" -->C<!--#endif -->D',
                    '<!--#if expr="false" -->A<!--#else x="y" -->B<!--#endif x="y" -->C<!--#endif -->D',
                    '<!--#if expr="true" -->A<!--#elif expr="false" foo="x" -->B<!--#endif -->C',
                    '<!--#if expr="false" -->A<!--#elif -->D<!--#elif expr="true" -->B<!--#else -->G<!--#endif -->C',
                    '<!--#else -->x<!--#endif -->y<!--#elif expr="true" -->z',
                ),
                "expr.shtml": page(
                    '<!--#set var="x" value="one two" -->',
                    '<!--#if expr="v(\\"x\\") =~ /(o)ne (.*)/" -->[$1<!--#echo var="0" -->,<!--#echo var="1" -->,<!--#echo var="2" -->]<!--#endif -->',
                    "<!--#if expr=\"'$2' == 'two'\" -->kept<!--#endif -->",
                    '<!--#if expr="reqenv(\\"x\\") == \\"one two\\" && env(\\"x\\") =~ /two$/" -->both<!--#endif -->',
                    '<!--#if expr="-f \\"/etc/passwd\\"" -->file<!--#endif -->|<!--#if expr="-A \\"/flow.shtml\\"" -->reached<!--#endif -->',
                    '<!--#if expr="%{QUERY_STRING} == \\"a\\"" -->a<!--#else -->other<!--#endif -->',
                    '<!--#if expr="$x = /one/" -->old<!--#endif -->|<!--#if expr="v(\\"DATE_GMT\\") =~ /GMT/" -->date<!--#endif -->',
                    '<!--#if expr="nosuch(\\"x\\")" -->x<!--#endif -->|<!--#if expr -->x<!--#endif -->|<!--#if odd="1" -->x<!--#endif -->',
                ),
                **nested('<!--#if expr="((" -->'),
                "suppressed.shtml": '<!--#if expr="false" -->A<!--#echo "x" --><!--#endif -->y<!--#echo var="DOCUMENT_NAME" -->',
                "unclosed.shtml": 'a<!--#if expr="false" -->b',
            },
            [
                get("/flow.shtml"),
                get("/expr.shtml?a"),
                get("/expr.shtml"),
                get("/else.shtml"),
                get("/elif.shtml"),
                get("/deep.shtml"),
                get("/suppressed.shtml"),
                get("/unclosed.shtml"),
                fails(get("/missing.shtml")),
            ],
        )
    ],
)


def test_line(expression):
    return '<!--#if expr="%s" -->yes<!--#else -->no<!--#endif -->' % expression.replace('"', '\\"')


LEGACY_TESTS = [
    "$x", "$nope", "text", "!$nope", "$x = one", "$x == one", "$x != one", "$x = 'one two'", "$x = one two",
    "$x = /^o(n)e/", "$x != /one/", "$x >= one", "$x > zzz", "$x < zzz", "$x <= aaa", "($x = a) || ($x = /two/)",
    "$x = a && $nope || $x", "$x && $nope || $x", "$x || $x && $nope", "!($x = a)", "!$x = a", "$x = ", "= $x", "(", ")",
    "()", "$x = /(/", "/one/", "$x && /one/", "-A /a.txt", "-A /nope.txt", "-A '/a.txt'", "-A", "a b = 'a b'", "a\\=b = 'a=b'",
    "'a' b = 'a b'", "'open = x", "$x = /open", "a&b = 'a&b'", "a&&b", "a|b", "((a) && (b))", "(a) b", "a (b)", "! !a", "a = b = c",
    "${x} = 'one two'", "\\$x = '$x'", "", "  ", "<a", "a<b", "a !b", "x=x", "/x/ = y",
]  # fmt: skip

LEGACY = Family(
    "SSILegacyExprParser",
    [
        site(
            {
                "a.txt": "text",
                "old.shtml": page(
                    '<!--#set var="x" value="one two" -->', *[test_line(t) + " " + str(n) for n, t in enumerate(LEGACY_TESTS)]
                ),
                "groups.shtml": page(
                    '<!--#set var="x" value="one two" -->',
                    '<!--#if expr="$x = /(o)ne (.*)(z)?/" -->[<!--#echo var="0" -->,<!--#echo var="1" -->,<!--#echo var="2" -->,<!--#echo var="3" -->,<!--#echo var="4" -->]<!--#endif -->',
                    '<!--#set var="y" value="$2-$1" --><!--#echo var="y" -->',
                    '<!--#if expr="$x = /nope/" --><!--#endif --><!--#echo var="0" -->',
                ),
            },
            [get("/old.shtml"), get("/groups.shtml"), fails(get("/missing.shtml"))],
            '<Directory "@ROOT@">\nSSILegacyExprParser on\n</Directory>',
        )
    ],
)

INCLUDE = Family(
    "include",
    [
        site(
            {
                "a.txt": "text of a\n",
                "sub/b.shtml": '{<!--#echo var="DOCUMENT_NAME" --> <!--#echo var="outer" --><!--#set var="inner" value="i" -->}',
                "sub/c.txt": "text of c\n",
                "page.shtml": page(
                    '<!--#set var="outer" value="o" --><!--#include file="a.txt" -->|<!--#include virtual="/sub/b.shtml" -->',
                    '<!--#echo var="inner" --><!--#include virtual="sub/c.txt" file="a.txt" -->',
                    '<!--#set var="f" value="a.txt" --><!--#include file="$f" --><!--#include virtual="/${f}?x=1" -->',
                    '<!--#include virtual="/alias/c.txt" --><!--#include virtual="/sub/" -->',
                ),
                "sub/index.html": "index of sub\n",
                "wrong.shtml": page(
                    '<!--#include file="../x" -->|<!--#include file="/a.txt" -->|<!--#include file="sub/../a.txt" -->',
                    '<!--#include virtual="nope" -->|<!--#include virtual="nope" onerror="a.txt" -->',
                    '<!--#include virtual="nope" onerror="nope2" -->|<!--#include file="nope" virtual="a.txt" -->',
                    '<!--#include virtual="a.txt" onerror="nope" -->|<!--#include odd="x" -->|<!--#include -->',
                    '<!--#include virtual="/private/p.txt" -->|<!--#include virtual="http://x/" -->',
                ),
                "loop.shtml": 'x<!--#include virtual="/loop.shtml" -->y',
                "private/p.txt": "private\n",
                "old/new.txt": "rewritten\n",
                "moved.shtml": '<!--#include virtual="/old/any" -->',
            },
            [
                get("/page.shtml"),
                get("/wrong.shtml"),
                get("/loop.shtml"),
                get("/moved.shtml"),
                get("/page.shtml", "Range: bytes=0-3"),
                request("POST /page.shtml HTTP/1.1", body=b"a=1"),
                fails(get("/private/p.txt")),
            ],
            'Alias "/alias" "@ROOT@/sub"\n<Directory "@ROOT@/private">\nRequire all denied\n</Directory>\n'
            '<Directory "@ROOT@/old">\nRewriteEngine on\nRewriteRule ^any$ /old/new.txt\n</Directory>',
            modules=MODS + " rewrite",
        )
    ],
)

FILES = Family(
    "fsize, flastmod",
    [
        site(
            {
                "f.shtml": page(
                    '<!--#fsize file="a.bin" -->|<!--#fsize virtual="/b.bin" file="c.bin" -->|<!--#fsize file="d.bin" -->',
                    '<!--#config sizefmt="bytes" --><!--#fsize file="a.bin" -->|<!--#fsize file="b.bin" -->|<!--#fsize file="d.bin" -->',
                    '<!--#config sizefmt="abbrev" --><!--#fsize file="d.bin" --> <!--#fsize file="e.bin" -->',
                    '<!--#flastmod file="a.bin" -->|<!--#config timefmt="%d.%m.%Y" --><!--#flastmod virtual="a.bin" -->',
                    '<!--#fsize file="nope" -->|<!--#fsize odd="x" -->|<!--#flastmod virtual="nope" -->|<!--#fsize -->',
                    '<!--#flastmod -->|<!--#fsize file="/etc/passwd" -->|<!--#flastmod file="../x" -->',
                ),
                "a.bin": "x" * 49,
                "b.bin": "x" * 1023,
                "c.bin": "x" * 5500,
                "d.bin": "x" * 1234567,
                "e.bin": "x" * 10189,
            },
            [get("/f.shtml"), fails(get("/missing.shtml"))],
            "SSITimeFormat %s",
        )
    ],
)

PROGRAMS = Family(
    "exec",
    [
        site(
            {
                "p.cgi": "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nprintf \"ran [$QUERY_STRING] [$SERVER_PROTOCOL]\"\n",
                "away.cgi": "#!/bin/sh\nprintf 'Location: http://example.com/?a&b\\n\\n'\n",
                "exec.shtml": page(
                    '<!--#exec cgi="/p.cgi" -->|<!--#exec cgi="p.cgi" -->|<!--#exec cgi="/p.cgi?x" -->|<!--#exec cgi="/p.cgi/info" -->',
                    '<!--#exec cgi="nope.cgi" -->|<!--#exec cgi="away.cgi" -->|<!--#include virtual="/p.cgi?own" -->',
                    '<!--#exec cmd="echo $NOPE ${NOPE} hi $DOCUMENT_NAME \\$mine" -->|<!--#exec cmd="exit 3" -->',
                    '<!--#set var="mine" value="set" --><!--#exec cmd="echo $mine; basename `pwd`; cat" -->',
                    '<!--#exec odd="x" -->|<!--#exec -->|<!--#exec cmd="echo one" cmd="echo two" -->',
                ),
            },
            [get("/exec.shtml?doc"), fails(get("/nope.cgi"))],
            "AddHandler cgi-script .cgi",
            programs=True,
        )
    ],
)

DIRECTIVES = Family(
    "mod_include's directives",
    [
        site(
            {"d.shtml": '{{echo var="DOCUMENT_NAME"}}|{{echo var="nope" }}|{{odd}}|<!--#echo var="x" -->|{{echo var="LAST_MODIFIED" }}'},
            [
                get("/d.shtml"),
                rejects("an odd XBitHack", "XBitHack maybe"),
                rejects("a tag with a space", 'SSIStartTag "a b"'),
                rejects("an end tag with a space", 'SSIEndTag "a b"'),
                rejects("a tag in a directory", '<Directory "/x">\nSSIStartTag x\n</Directory>'),
                rejects("SSIETag of nothing", "SSIETag maybe"),
                rejects("in the server", "SSIETag on"),
                accepts("in a directory", '<Directory "/x">\nSSIETag on\nSSILastModified on\nSSILegacyExprParser off\n</Directory>'),
            ],
            'SSIStartTag "{{"\nSSIEndTag "}}"\nSSIErrorMsg "wrong"\nSSIUndefinedEcho "unset"\nSSITimeFormat "%F"',
        )
    ],
)

FAMILIES = [CHOICE, OPTIONS, VARIABLES, CONDITIONS, LEGACY, INCLUDE, FILES, PROGRAMS, DIRECTIVES]

TEXT = "abc foo FOO fox\nxaab x foo\n\nlast foo"


def substitute(*rules):
    return "SetOutputFilter SUBSTITUTE\n" + "\n".join('Substitute "%s"' % rule for rule in rules)


SUBSTITUTE = Family(
    "Substitute",
    [
        Site(
            "\n".join(
                '<Location "/%s">\n%s\n</Location>' % item
                for item in {
                    "one": substitute("s/fo(o|x)/[$1|$0]/"),
                    "many": substitute("s/foo/bar/i", "s|bar|q$0&\\$1|n", "S,^a,,"),
                    "quick": substitute("s/foo/xy/q", "s/ x/-/", "s/y/Y/n", "s/xY$/!/"),
                    "fixed": substitute("s/foo/x$1y/ni", "s/x/yy/nq"),
                    "short": substitute("s/foo/f/n") + "\nSubstituteMaxLineLength 64b",
                }.items()
            )
            + '\n<Location "/one/in">\nSubstitute "s/\\[/{/"\n</Location>'
            + '\n<Location "/one/before">\nSubstituteInheritBefore on\nSubstitute "s/\\[/{/"\n</Location>',
            [
                get("/one/a.txt"),
                get("/many/a.txt"),
                get("/quick/a.txt"),
                get("/fixed/a.txt"),
                get("/short/a.txt"),
                get("/one/in/a.txt"),
                get("/one/before/a.txt"),
                get("/one/line.txt"),
                head("/one/line.txt"),
                fails(get("/one/missing")),
            ],
            {
                **{folder + "/a.txt": TEXT for folder in ("one", "many", "quick", "fixed", "short", "one/in", "one/before")},
                "one/line.txt": "foo and fox",
            },
            modules=MODULES + " substitute",
        )
    ],
)

SUBSTITUTE_SYNTAX = Family(
    "Substitute as written",
    [
        Site(
            "",
            [
                rejects(name, '<Directory "/x">\n%s\n</Directory>' % line)
                for name, line in {
                    "no pattern": "Substitute x/a/b/",
                    "half a pattern": "Substitute s/a",
                    "nothing to search": "Substitute s//b/",
                    "an unknown flag": "Substitute s/a/b/z",
                    "a bad expression": "Substitute s/(/b/",
                    "an odd length": "SubstituteMaxLineLength 1x",
                    "no length": "SubstituteMaxLineLength k1",
                }.items()
            ]
            + [
                accepts("in the server", "Substitute s/a/b/\nSubstituteMaxLineLength 1m"),
                accepts("all", '<Directory "/x">\nSubstitute s/a/b\nSubstituteMaxLineLength 2M\nSubstituteInheritBefore off\n</Directory>'),
            ],
            modules=MODULES + " substitute",
        )
    ],
)

FAMILIES += [SUBSTITUTE, SUBSTITUTE_SYNTAX]
