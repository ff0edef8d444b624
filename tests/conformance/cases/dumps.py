"""What -S, -M and -t -D DUMP_... print: programs and administrators read these."""

from dsl import Family, Site, dumps, rejects

VHOSTS = """
<VirtualHost *:@PORT@>
  ServerName a.example
  ServerAlias b.example *.c.example
</VirtualHost>
<VirtualHost 127.0.0.9:8080 [::1]:* 10.1.2.3:8080>
  ServerName address.example
</VirtualHost>
<VirtualHost *:443>
  ServerName secure.example
  ServerAlias alone.example
</VirtualHost>
<VirtualHost *:@PORT@>
  ServerName late.example:99
</VirtualHost>
<VirtualHost _default_:*>
  ServerAlias other.example
</VirtualHost>
<VirtualHost 10.1.2.3:8080>
  ServerName second.example
</VirtualHost>
"""
NESTED = """
define colour "dark blue"
<directory   "@ROOT@">
    require   all   granted
    SetEnv COLOUR \\
       "${colour}"
  <IfModule mod_alias.c>
    <Limit GET POST>
      Require all denied
    </Limit>
  </IfModule>
</directory>
<VirtualHost *:@PORT@>
ServerName v.example
<Location "/p">
<If "%{REQUEST_URI} == '/x'">
  SetEnv Q 1
</If>
</Location>
</VirtualHost>
<IfDefine NOT_HERE>
  ServerName never.example
</IfDefine>
"""
INFO = "LoadModule info_module /usr/lib/apache2/modules/mod_info.so\n"  # prints DUMP_CONFIG in Apache
SSL = """
LoadModule socache_shmcb_module /usr/lib/apache2/modules/mod_socache_shmcb.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
Mutex sysvsem ssl-cache
Mutex fcntl:@RUN@ ssl-stapling OmitPid
"""

DUMP_VHOSTS = Family(
    "DUMP_VHOSTS",
    [
        Site(
            "",
            [
                dumps(VHOSTS, "-t", "-D", "DUMP_VHOSTS"),
                dumps("", "-t", "-DDUMP_VHOSTS"),
                dumps("<VirtualHost 127.0.0.1>\n</VirtualHost>", "-tDDUMP_VHOSTS"),
                rejects("with an error", "<VirtualHost>\n</VirtualHost>", arguments=("-S",)),
            ],
        )
    ],
)
DUMP_RUN_CFG = Family(
    "DUMP_RUN_CFG",
    [
        Site(
            "",
            [
                dumps("Define A\nDefine B c", "-t", "-D", "DUMP_RUN_CFG", "-D", "Q"),
                dumps("Mutex file:@RUN@ default", "-t", "-D", "DUMP_RUN_CFG"),
                dumps(SSL, "-t", "-D", "DUMP_RUN_CFG"),
                dumps(VHOSTS, "-S"),
                dumps(
                    SSL + "<VirtualHost *:443>\nSSLEngine on\n"
                    "SSLCertificateFile /nowhere/a.pem\n</VirtualHost>",
                    "-S",
                ),
                rejects("with an error", "PidFile", arguments=("-t", "-D", "DUMP_RUN_CFG")),
            ],
        )
    ],
)
DUMP_MODULES = Family(
    "DUMP_MODULES and DUMP_INCLUDES",
    [
        Site(
            "",
            [
                dumps("", "-M"),
                dumps("", "-t", "-D", "DUMP_MODULES", "-C", "LogLevel info"),
                dumps("", "-M", "-S"),
                dumps("IncludeOptional @ROOT@/conf.d/*.conf", "-t", "-D", "DUMP_INCLUDES"),
                rejects(
                    "a missing file", "Include @TREE@/none", arguments=("-t", "-D", "DUMP_INCLUDES")
                ),
            ],
            {
                "conf.d/1.conf": "# nothing\n",
                "conf.d/2.conf": "\n\nInclude @ROOT@/conf.d/below/a.inc\n",
                "conf.d/below/a.inc": "Define IN_A\n",
            },
        )
    ],
)
DUMP_CONFIG = Family(
    "DUMP_CONFIG",
    [
        Site(
            "",
            [
                dumps(INFO + NESTED, "-t", "-D", "DUMP_CONFIG"),
                dumps(INFO, "-t", "-D", "DUMP_CONFIG", "-C", "Timeout 3", "-c", "KeepAlive on"),
                dumps(INFO + VHOSTS, "-S", "-D", "DUMP_CONFIG"),
                dumps(
                    INFO + "Include @ROOT@/a.inc\nTimeout 4\n" + SSL,
                    "-t",
                    "-D",
                    "DUMP_CONFIG",
                ),
                rejects("an error", INFO + "Timeout", arguments=("-t", "-D", "DUMP_CONFIG")),
            ],
            {"a.inc": "Timeout 3\nKeepAlive off\n"},
        )
    ],
)

FAMILIES = [DUMP_VHOSTS, DUMP_RUN_CFG, DUMP_MODULES, DUMP_CONFIG]
