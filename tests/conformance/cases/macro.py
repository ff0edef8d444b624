"""mod_macro: Macro, Use, UndefMacro."""

from dsl import MODULES, Family, Site, accepts, fails, get, rejects

WITH_MACRO = MODULES + " macro"
TREE = {"a.txt": "a\n", "d/a.txt": "in d\n"}

DEFINED = """
<Macro Mark $name $(value) @text>
    # not a line
    Header append X-$name $(value)
    <IfDefine !Missing>
        Header set X-Text @text
    </IfDefine>
</Macro>
"""


def site(config, exchanges):
    return Site(config, exchanges, TREE, modules=WITH_MACRO)


EFFECT = Family(
    "Macro and Use",
    [
        site(DEFINED + "Use Mark One 1 'a b'\nuse mark One $name \"q\\\"q\"", [get("/a.txt"), fails(get("/b.txt"))]),
        site(DEFINED + '<Location "/d">\nUse Mark Two 2 ""\n</Location>', [get("/a.txt"), get("/d/a.txt")]),
        site(
            DEFINED
            + """
<Macro Both %x %xy>
    Use Mark %x %xy two
    Use Mark %xy %x%xyz three
</Macro>
<Macro Define $it>
    <Macro Made$it>
        Header set X-Made $it
    </Macro>
</Macro>
<Macro Open $where>
    <Location $where>
</Macro>
Use Both A B
Use Define 1
Use Made1
Use Open /d
    Header set X-Open yes
</Location>""",
            [get("/a.txt"), get("/d/a.txt")],
        ),
        site(
            """
Define Who defined
<Macro Late $x>
    Header set X-Late "$x ${Who}"
</Macro>
Define Who later
Use Late "${Who}"
<Macro late $x $y>
    Header set X-Again "$x$y"
</Macro>
Use LATE 1 2
UndefMacro Late""",
            [get("/a.txt")],
        ),
    ],
)

MISTAKES = Family(
    "macros: mistakes",
    [
        site(
            "",
            [
                rejects("an unknown macro", DEFINED + "Use Other"),
                rejects("too few words", DEFINED + "Use Mark One"),
                rejects("a macro that uses itself", "<Macro A>\nUse B\n</Macro>\n<Macro B>\nUse A\n</Macro>\nUse A"),
                rejects("an error in a line", DEFINED + "<Macro A $x>\n\nUse Mark $x 1 2\n  Bogus \\\n$x\n</Macro>\nUse A 1"),
                rejects("a section left open", "<Macro A $x>\n<Directory $x>\n</Macro>\nUse A /x"),
                rejects("no end", "<Macro A>\nHeader set X 1"),
                rejects("twice the same parameter", "<Macro A $x $x>\nHeader set X $x\n</Macro>"),
                rejects("used after UndefMacro", DEFINED + "UndefMacro Mark\nUse Mark 1 2 3"),
                rejects("Use before Macro", "Use Mark"),
                accepts("warnings only", "<Macro $A x $y $yy ${z}> text\n</Directory>\n</Macro>"),
            ],
        )
    ],
)

DEFINITIONS = Family(
    "macros: tags",
    [
        site(
            "",
            [
                rejects("no name", "<Macro>\n</Macro>"),
                rejects("an empty name", '<Macro "">\n</Macro>'),
                rejects("no bracket", "<Macro A\n</Macro>"),
                rejects("an empty parameter", '<Macro A $x "">\n</Macro>'),
                rejects("UndefMacro of an unknown one", DEFINED + "UndefMacro Other"),
                rejects("UndefMacro without name", DEFINED + "UndefMacro"),
                rejects("</Macro> alone", "</Macro>"),
                rejects("an error the macro's author wrote", '<Macro A @x>\nError "needs @x"\n</Macro>\nUse A "a b"'),
                rejects("a file that is missing, included by a macro", "<Macro A $x>\n\nInclude $x\n</Macro>\nUse A /nowhere"),
                rejects("a macro in a section that is skipped", "<IfDefine Missing>\n<Macro A>\n</IfDefine>\n</Macro>", exit_only=True),
            ],
        )
    ],
)

FAMILIES = [EFFECT, MISTAKES, DEFINITIONS]
