"""mod_log_debug and mod_log_forensic."""

from dsl import MODULES, Family, Site, accepts, fails, get, rejects

TREE = {"a.txt": "text\n", "dir/index.html": "dir\n", "private/x": "x"}

DEBUG = Family(
    "LogMessage",
    [
        Site(
            """
LogMessage "server %{REQUEST_URI}" hook=translate_name
<Location "/">
    LogMessage "%{REQUEST_METHOD} %{REQUEST_STATUS} \\"x\\""
    LogMessage "lost" "expr=%{REQUEST_STATUS} = 404"
</Location>
<Directory "@ROOT@/dir">
    LogMessage "fixups %{REQUEST_FILENAME}" hook=fixups
    LogMessage "end" hook=log_transaction
</Directory>
<Directory "@ROOT@/private">
    Require all denied
    LogMessage "never" hook=handler
    LogMessage "access" hook=check_access_ex
</Directory>
""",
            [get("/a.txt"), fails(get("/missing")), get("/dir/"), fails(get("/private/x"))],
            TREE,
            modules=MODULES + " log_debug",
            errors="error log_debug:info",
        ),
        Site(
            '<Location "/">\nLogMessage "at %{REQUEST_URI}" hook=all\n</Location>',
            [get("/a.txt"), fails(get("/missing"))],
            TREE,
            modules=MODULES + " log_debug",
            errors="error log_debug:info",
        ),
        Site(
            "",
            [
                rejects("an unknown hook", 'LogMessage "x" hook=none'),
                rejects("an unknown argument", 'LogMessage "x" when=now'),
                accepts("a condition", 'LogMessage "x" hook=fixups "expr=%{REQUEST_URI} = \'/\'"'),
            ],
            modules=MODULES + " log_debug",
        ),
    ],
)

FORENSIC = Family(
    "ForensicLog",
    [
        Site(
            'ForensicLog "@RUN@/forensic.log"\nTransferLog "@RUN@/access.log"',
            [
                get("/a.txt", "X-Text: a|b:c%d \xe4\t\"\\"),
                fails(get("/missing")),
                get("/dir/", "X-Two: 1", "X-Two: 2"),
            ],
            TREE,
            modules=MODULES + " log_forensic",
            log="~%{forensic-id}n~",
        ),
        Site("", [rejects("without a file", "ForensicLog")], modules=MODULES + " log_forensic"),
    ],
)

FAMILIES = [DEBUG, FORENSIC]
