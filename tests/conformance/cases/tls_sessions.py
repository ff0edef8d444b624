"""SSLSessionCache, session tickets, OCSP stapling, SSLProxy."""

from dsl import MODULES, TLS, Family, Site, accepts, fails, get, over, rejects, s_client

TREE = {"a.txt": "text\n"}
LOG = '%h "%r" %>s %b %{SSL_SESSION_RESUMED}x'
BARE = TLS.replace('SSLSessionCache "shmcb:@RUN@/ssl_scache(512000)"\n', "")
NO_TICKETS = "SSLSessionTickets off\n"


def twice(version, pause=0.0):
    """Does the second connection resume the first one's session?"""
    return over(get("/a.txt"), version=version, again={"pause": pause})


def cache(setting, *modules, beside=()):
    """signet gives its sessions to a store in the background."""
    pause = 0.3 if modules else 0.0
    return Site(NO_TICKETS, [twice("1.2", pause), twice("1.3", pause), fails(over(get("/none.txt"), version="1.2"))], TREE, LOG,
                modules=" ".join((MODULES,) + modules), tls=BARE + "SSLSessionCache %s\n" % setting, beside=beside)



EVERY = MODULES + " socache_dbm socache_redis socache_memcache"

CACHES = [
    Family("SSLSessionCache in memory", [
        cache('"shmcb:@RUN@/cache(64000)"'),
        cache("none"),
        cache("nonenotnull"),
    ]),
    Family("SSLSessionCache elsewhere", [
        cache('"dbm:@RUN@/cache"', "socache_dbm"),
        cache("redis:127.0.0.1:@REDIS@", "socache_redis", beside=("redis",)),
        cache("memcache:127.0.0.1:@MEMCACHED@", "socache_memcache", beside=("memcached",)),
    ]),
    Family("SSLSessionCache that is not there", [
        Site(NO_TICKETS, [twice("1.2"), twice("1.3"), fails(get("/none.txt"))], TREE, LOG, modules=EVERY,
             tls=BARE + "SSLSessionCache redis:127.0.0.1:1\n"),
    ]),
    Family("SSLSessionCache, spellings", [
        Site("", [
            accepts("redis", BARE + "SSLSessionCache redis:127.0.0.1:6379"),
            accepts("memcache", BARE + "SSLSessionCache memcache:127.0.0.1:1,127.0.0.1:2"),
            accepts("dbm", BARE + 'SSLSessionCache "dbm:@RUN@/x"'),
            accepts("nothing but the kind", BARE + "SSLSessionCache shmcb"),
            rejects("no number", BARE + "SSLSessionCache shmcb:/tmp/x(many)"),
            rejects("no parenthesis", BARE + "SSLSessionCache shmcb:/tmp/x(512000"),
            rejects("too small", BARE + "SSLSessionCache shmcb:/tmp/x(100)"),
            rejects("redis without server", BARE + "SSLSessionCache redis:"),
            rejects("memcache without server", BARE + "SSLSessionCache memcache"),
            rejects("dc", BARE + "SSLSessionCache dc:/run/x", exit_only=True),
        ], TREE, modules=EVERY, tls=True),
    ]),
    Family("Session tickets", [
        Site("", [twice("1.2"), twice("1.3")], TREE, LOG, tls=True),
        Site("SSLSessionTicketKeyFile @ROOT@/ticket.key\n", [twice("1.2"), twice("1.3")],
             {**TREE, "ticket.key": bytes(range(48))}, LOG, tls=True),
        Site("SSLSessionTickets off\n", [twice("1.2"), twice("1.3"), fails(over(get("/none.txt"), version="1.3"))],
             TREE, LOG, tls=BARE + "SSLSessionCache none\n"),
        Site("SSLSessionCacheTimeout 300\n", [
            s_client("life of a ticket", "-tls1_2", shows="ticket lifetime hint"),
        ], TREE, LOG, tls=True),
    ]),
]


def status(name, wanted, *words):
    return s_client(name, "-status", "-servername", "localhost", *words, until=wanted,
                    shows="OCSP response: no|OCSP Response Status|Cert Status|Response Type|Responder Id")


def stapling(*lines, url="http://127.0.0.1:@OCSP@/"):
    return "".join(line + "\n" for line in (
        'SSLCertificateChainFile "@PKI@/ca.pem"', "SSLUseStapling on", "SSLStaplingCache shmcb:@RUN@/staples(128000)",
        *(("SSLStaplingForceURL " + url,) if url else ()), *lines))


NOBODY = "http://127.0.0.1:1/"
STAPLING = [
    Family("OCSP stapling", [
        Site(stapling(), [
            status("TLS 1.2", "Cert Status: good", "-tls1_2"),
            status("TLS 1.3", "Cert Status: good", "-tls1_3"),
            s_client("nobody asks", "-tls1_2", shows="OCSP response"),
            fails(over(get("/none.txt"), version="1.2")),
        ], TREE, tls=True, beside=("ocsp",)),
        Site(stapling(url=""), [status("no responder", "no response sent")], TREE, tls=True),
        Site(stapling().replace("on\n", "off\n", 1), [status("off", "no response sent")], TREE, tls=True,
             beside=("ocsp",)),
    ]),
    Family("OCSP stapling, responder down", [
        Site(stapling(url=NOBODY), [status("try later", "trylater")], TREE, tls=True),
        Site(stapling("SSLStaplingFakeTryLater off", url=NOBODY), [status("no fake", "no response sent")], TREE,
             tls=True),
        Site(stapling("SSLStaplingReturnResponderErrors off", "SSLStaplingFakeTryLater off", url=NOBODY), [
            status("no errors", "no response sent"),
            fails(over(get("/none.txt"), version="1.2")),
        ], TREE, tls=True),
    ]),
    Family("OCSP stapling, settings", [
        Site("", [
            accepts("all of them", TLS + stapling(
                "SSLStaplingResponderTimeout 3", "SSLStaplingResponseTimeSkew 10", "SSLStaplingResponseMaxAge 3600",
                "SSLStaplingStandardCacheTimeout 60", "SSLStaplingErrorCacheTimeout 60",
                "SSLStaplingReturnResponderErrors on", "SSLStaplingFakeTryLater on", url=NOBODY)),
            rejects("negative timeout", "SSLStaplingResponderTimeout -1"),
            rejects("negative cache time", "SSLStaplingStandardCacheTimeout -1"),
            rejects("negative error time", "SSLStaplingErrorCacheTimeout -1"),
            rejects("negative age", "SSLStaplingResponseMaxAge -1"),
            rejects("negative skew", "SSLStaplingResponseTimeSkew -2"),
            rejects("not a flag", "SSLUseStapling perhaps"),
            rejects("cache too small", "SSLStaplingCache shmcb:/tmp/x(10)"),
            rejects("cache unknown", "SSLStaplingCache none", exit_only=True),
        ], tls=True),
    ]),
]

PROXY_MODULES = MODULES + " proxy"
PROXY = [
    Family("SSLProxy, accepted", [
        Site("", [
            accepts("a usual one", "SSLProxyEngine on\nSSLProxyVerify require\nSSLProxyVerifyDepth 3\n"
                    'SSLProxyCACertificateFile "@PKI@/ca.pem"\nSSLProxyCACertificatePath "@PKI@/cas"\n'
                    "SSLProxyProtocol all -TLSv1 -TLSv1.1\nSSLProxyCipherSuite HIGH:!aNULL\n"
                    "SSLProxyCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256\n"
                    "SSLProxyCheckPeerCN off\nSSLProxyCheckPeerName on\nSSLProxyCheckPeerExpire on\n"),
            accepts("lists", 'SSLProxyCARevocationFile "@PKI@/ca.crl"\nSSLProxyCARevocationPath "@PKI@/crls"\n'
                    "SSLProxyCARevocationCheck chain no_crl_for_cert_ok\n"),
            accepts("machine", 'SSLProxyEngine on\nSSLProxyMachineCertificateFile "@PKI@/clients/good.pem"\n'
                    'SSLProxyMachineCertificateChainFile "@PKI@/ca.pem"\n'),
            rejects("no such level", "SSLProxyVerify perhaps"),
        ], modules=PROXY_MODULES, tls=True),
    ]),
    Family("SSLProxy, refused", [
        Site("", [
            rejects("depth", "SSLProxyVerifyDepth -1"),
            rejects("protocol", "SSLProxyProtocol TLSv9"),
            rejects("check", "SSLProxyCARevocationCheck some"),
            rejects("flag of the check", "SSLProxyCARevocationCheck chain some"),
            rejects("authorities", "SSLProxyCACertificateFile /nonexistent"),
            rejects("folder of authorities", "SSLProxyCACertificatePath /nonexistent"),
            rejects("lists", "SSLProxyCARevocationFile /nonexistent"),
            rejects("machine", "SSLProxyMachineCertificateFile /nonexistent"),
            rejects("folder of machine", "SSLProxyMachineCertificatePath /nonexistent"),
            rejects("in a directory", '<Directory "/x">\nSSLProxyEngine on\n</Directory>'),
        ], modules=PROXY_MODULES, tls=True),
    ]),
]

FAMILIES = CACHES + STAPLING + PROXY
