"""mod_unixd, the mpm directives, mod_so, and old spellings that Apache 2.4 still takes."""

from dsl import Family, Site, accepts, fails, get, rejects

TREE = {"index.html": "root\n"}

UNIXD = Family(
    "User, Group and other users of root",
    [
        Site(
            "",
            [
                rejects("an unknown user", "User nosuchuser"),
                rejects("an unknown group", "Group nosuchgroup"),
                accepts("numbers", "User #33\nGroup #33"),
                rejects("a user in a host", "<VirtualHost *:80>\nUser www-data\n</VirtualHost>"),
                rejects("a folder to chroot to that is none", "ChrootDir /no/such/folder"),
            ],
        )
    ],
)

MPM = Family(
    "mpm directives",
    [
        Site(
            "",
            [
                rejects("a limit in a directory", '<Directory "/x">\nServerLimit 4\n</Directory>'),
                rejects("two numbers", "StartServers 1 2"),
                rejects("a pid file without name", "PidFile"),
                rejects("a port below 1", "Listen 0"),
                rejects("an unknown mutex", "Mutex nonsense"),
                accepts("the names of 2.2", "MaxClients 8\nMaxRequestsPerChild 100"),
                accepts("everything in its section", "<IfModule prefork.c>\nBogus\n</IfModule>"),
                rejects("a backlog that is none", "ListenBacklog many"),
                accepts("GracefulShutdownTimeout in words", "GracefulShutdownTimeout soon"),
            ],
        )
    ],
)

SO = Family(
    "LoadModule and LoadFile",
    [
        Site(
            'LoadModule headers_module "/usr/lib/apache2/modules/mod_headers.so"',
            [
                get("/"),
                fails(get("/missing")),
                rejects("LoadModule with one word", "LoadModule dir_module"),
                rejects("LoadFile of nothing", "LoadFile /no/such/library.so", exit_only=True),
            ],
            TREE,
        )
    ],
)

OLD = Family(
    "spellings of 2.2",
    [
        Site(
            "",
            [
                accepts("NameVirtualHost", "NameVirtualHost *:80"),
                accepts("DefaultType", "DefaultType text/plain"),
                rejects("NameVirtualHost of nothing", "NameVirtualHost"),
            ],
        )
    ],
)

FAMILIES = [UNIXD, MPM, SO, OLD]
