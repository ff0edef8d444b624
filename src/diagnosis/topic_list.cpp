// The questions and answers of topics.h. To add one: three strings.
#include "diagnosis/topics.h"

namespace signet::diagnosis {
namespace {

constexpr Topic list[] = {
    // Starting and history.
    {"What happens at startup, and what is different with TLS?",
     "start startup begin dialog pass phrase ssl plain server order steps",
     "The configuration is read and interpreted; then every certificate and key is opened as root, "
     "pass phrases are asked for (SSLPassPhraseDialog), keys are compared with certificates, "
     "dates, "
     "names and chains are looked at; logs and ports are opened; workers are forked and give up "
     "root's power. A server without TLS does the same without the part about keys.\n"
     "signet check does all of it without starting."},
    {"Where does mod_ssl come from?", "history apache 1.3 ssleay ralf engelschall ben laurie year",
     "mod_ssl was written in April 1998 for Apache 1.3, out of Ben Laurie's Apache-SSL: 2.0.0 came "
     "in August 1998, 2.4.0 in August 1999. In 2001 it became a part of Apache 2. signet reads its "
     "directives and has its own code."},
    {"Apache 1.3, Apache-SSL, Sioux, Stronghold directives",
     "old patch mod_ssl package SSLEnable SSLDisable aliases migration 1.3 spelling",
     "The old spellings are translated with a warning that names the line of today: SSLEnable is "
     "SSLEngine on. signet check --migrate tells for each line whether it is kept, translated, "
     "ignored or refused."},
    {"Year 2000, year 2038 and certificates that live long",
     "y2k 2038 2050 time_t overflow date generalizedtime utctime TIME_YEAR clock",
     "Times have 64 bits everywhere. Certificates may end after 2038 and after 2050 (where X.509 "
     "changes from UTCTime to GeneralizedTime). %{TIME_YEAR} has four digits."},
    {"Export law and the Wassenaar arrangement", "export crypto legal wassenaar law restriction us",
     "Cryptography for the mass market and open source is exempt from export licences in the "
     "countries of the Wassenaar arrangement, after notification. The export suites of the 1990s "
     "(40 and 56 bits) are broken and gone: signet never offers them."},

    // Certificates.
    {"What are keys, certificate requests and certificates?",
     "certificates certificate csr rsa key private public difference basics x509",
     "The private key is the secret with which the server proves who it is; nobody else may have "
     "it. The request (CSR) holds the public half and the names, for an authority to sign. The "
     "certificate is what comes back: the public key, the names and the authority's signature. "
     "Clients compare the name they asked for with those in it.\n"
     "After the certificate is installed the request is not needed any more."},
    {"How are keys backed up?", "backup key pass phrase lost restore copy",
     "Keep a copy of the private key where only you can read it, encrypted with a pass phrase that "
     "is not kept beside it (openssl pkey -aes256). Without the key a certificate is worthless: it "
     "has to be issued again for a new one. A lost pass phrase cannot be recovered."},
    {"What were getca and getverisign?", "getca getverisign stronghold tool",
     "Tools of Stronghold that installed a certificate from a mail. Today an authority's file is "
     "PEM already: name it in SSLCertificateFile, leaf first, then the intermediates."},
    {"Global ID, Server Gated Cryptography, step-up",
     "sgc globalid global id step-up stepup gated 128-bit verisign export browser",
     "Certificates with the OIDs of SGC let export browsers of the 1990s use strong ciphers. Such "
     "browsers are gone; the OIDs mean nothing today, and their certificates are no stronger than "
     "others."},
    {"The log says: alert bad certificate",
     "sslv3 alert bad certificate number 42 ssl23_read ssl_read client rejects",
     "The client did not like our certificate and said so with alert 42. Usual causes: a name that "
     "is not the one asked for, an expired date, an issuer that it does not know (a missing "
     "intermediate, a private CA), a key or signature that it thinks too weak.\n"
     "signet check and signet grade look at all of these."},
    {"Key size: 512, 1024, 2048 bits",
     "bits key too small ee key too small 1024 2048 512 size work",
     "Once, clients could not use more than 1024 bits; today everything below 2048 bits is refused "
     "(\"ee key too small\" is OpenSSL's security level 2). Make a new key, ECDSA P-256 or RSA "
     "with "
     "2048 bits or more, and have it certified."},
    {"Client authentication broke after an OpenSSL update: hash links",
     "ssleay 0.9 hash symlink c_rehash rehash client authentication CA path SSLCACertificatePath",
     "Folders of certificates are searched by a hash of the subject. SSLeay 0.9 and OpenSSL 1.0 "
     "each changed the hash, so that old links are never found. openssl rehash FOLDER makes new "
     "ones; signet check finds the stale ones (SG0139)."},
    {"Is a pass phrase program (exec:) safer than no pass phrase?",
     "passphrase pass phrase dialog exec builtin security SSLPassPhraseDialog encrypted key",
     "Neither more nor less: whoever may read the key file and run the program as root has the "
     "key. "
     "A pass phrase helps against backups and disks that get lost. Without one, the file belongs "
     "to "
     "root with mode 0600; the workers never read it."},
    {"A new certificate with the old name: \"bad data\", reused serial",
     "netscape same dn serial reissue sec_error_reused_issuer_and_serial bad data self-signed "
     "accepted",
     "A browser that has stored a self-signed certificate refuses another one with the same issuer "
     "and serial number but another key. Give each new certificate a new serial number (openssl "
     "req "
     "-x509 does) and delete the old exception in the browser. signet check compares (SG0168)."},

    // Keys and certificates, by the words of openssl's command lines.
    {"How do I make a private key?",
     "genrsa genpkey make create generate new rsa ecdsa ed25519 des3 server.key randfile",
     "signet cert key makes an ECDSA P-256 key, mode 0600; --type rsa-2048 to rsa-4096, p384 or "
     "ed25519 another kind, --encrypt one with a pass phrase (AES-256; -des3 is Triple DES)."},
    {"How do I make a certificate request (CSR)?",
     "csr req new request commercial ca verisign thawte certisign send fqdn common name cn san "
     "subjectaltname",
     "signet cert csr www.example.com writes server.csr (and server.key, if there is none); "
     "--vhost "
     "NAME takes the names from ServerName and ServerAlias. Clients compare subjectAltName, not "
     "the "
     "CN. Send the .csr to the authority, never the key; or let the server get its certificate "
     "by ACME (MDomain)."},
    {"How do I install a certificate that an authority sent?",
     "install commercial ca certificate chain crt configure sslcertificatefile csr afterwards",
     "signet cert install NEW.crt CHAIN.crt puts certificate, chain and key where the "
     "configuration "
     "names them, looks whether they fit, and reloads. --site site.conf writes a configuration for "
     "a new site. The CSR is not needed any more."},
    {"How do I make a self-signed or test certificate?",
     "self-signed selfsigned test req x509 nodes days temporary dummy snakeoil",
     "signet cert self-signed localhost writes server.key and server.crt for 30 days. Browsers "
     "warn "
     "about it; a small authority of your own (signet ca init, signet ca issue localhost) does "
     "not have that trouble once its root is imported."},
    {"How do I run an authority (CA) of my own?",
     "own ca ca.sh ca.pl ca.crt ca.key sign.sh openssl sign create root authority private internal",
     "signet ca init makes root and intermediate, signet ca issue NAME a key with its certificate, "
     "signet ca sign server.csr does what sign.sh did, signet ca client NAME makes one for a "
     "browser. "
     "signet ca revoke, ca crl and ca list keep the books."},
    {"How do I change or remove the pass phrase of a key?",
     "change remove pass phrase every time asks dialog restart boot rsa des3 out wrong "
     "server.key.unsecure server.key.org",
     "signet cert passphrase server.key changes it, --remove takes it away and leaves the file to "
     "its owner alone (mode 0600). Without pass phrase the server starts unattended, and who has "
     "the "
     "file has the key. A lost pass phrase cannot be recovered: make a new key and request."},
    {"How do I look into a key, request or certificate?",
     "noout -noout -text x509 rsa req show print look read contents view fingerprint serial dates",
     "signet cert show FILE prints what any PEM, DER, PKCS#7 or PKCS#12 file holds, or what "
     "host:port serves; never private numbers."},
    {"How do I convert between PEM, DER, PKCS#7 and PKCS#12?",
     "convert pem der outform pkcs12 pkcs7 p12 pfx p7b cer format iis windows java keystore",
     "signet cert convert FILE --to pem, der, pkcs7, pkcs12, pkcs8 or traditional."},
    {"Does the key belong to the certificate?",
     "modulus exponent match matches compare key values mismatch md5 pair same belong x509 check "
     "private public",
     "signet cert match server.key server.csr server.crt compares the public keys of all kinds; "
     "the comparison of moduli (-modulus | openssl md5) works for RSA only. The server compares at "
     "each start (SG0400)."},
    {"The intermediate certificate is missing",
     "intermediate missing chain incomplete gap issuer unable verify first local get bundle works "
     "browser curl sslcertificatechainfile aia wrong order root included",
     "The server has to send every certificate between its own and the root. Browsers that have "
     "met "
     "the intermediate before, or fetch it by AIA, do without; curl, Java and phones fail "
     "(\"unable "
     "to verify the first certificate\", verify error 20 or 21). signet check finds gaps, wrong "
     "order, "
     "duplicates and roots (SG0410 to SG0412, SG0419); signet cert chain FILE --fetch completes a "
     "chain."},
    {"Revoked certificates and revocation lists that have expired",
     "revoked revocation crl expired list crls stale sslcarevocationfile sslcarevocationpath "
     "sslcarevocationcheck ocsp next update",
     "SSLCARevocationFile and SSLCARevocationPath name the lists, SSLCARevocationCheck chain or "
     "leaf "
     "switches them on: a client whose certificate is on one is refused. A list that is past its "
     "Next Update makes every client fail: fetch a new one and reload; signet check warns before "
     "(SG0170). A server certificate that was revoked has to be replaced, with a new key."},
    {"Who may read the private key's file?",
     "unsecured unsecure unencrypted key file permission permissions readable world group root "
     "chmod 400 0400 600 0600 impersonate steal stolen leak leaked protect mode owner",
     "Whoever has the key can impersonate the server. Leave the file to root alone (chmod 600; "
     "signet cert install does): the master reads it as root, workers run as another user and "
     "never open it; keys are wiped when they are freed and are left out of core dumps. Never "
     "keep one below DocumentRoot. signet check finds both (SG0137, SG0413). If it leaked: new "
     "key, new "
     "certificate, and have the old one revoked."},

    // Problems.
    {"Core dump at the first HTTPS request",
     "crash segfault signal core dump dbm vendor library first",
     "Once, a vendor's DBM library clashed with the one inside Apache. signet's session cache "
     "needs "
     "no DBM. When a worker crashes it writes signal, address, build id and a backtrace into the "
     "error log before it ends; signet report gathers them."},
    {"SSLMutex: Permission denied for the lock file",
     "sslmutex lockfile errno 13 child could not open permission denied mutex",
     "There is no lock file any more: the session cache is shared memory. The rule behind the "
     "error still holds: every folder above a file needs x for the user of the workers. signet "
     "check names the folder that lacks it (SG0151)."},
    {"Each process grows by megabytes in top", "memory shared top size grows rss pss process 1.5",
     "Shared memory (session cache, ticket keys, status board) is counted for each process that "
     "maps it. The sum of PSS counts it once: signet status --memory prints it."},
    {"Which files does the server make, and where?",
     "eapi_mm_core_path eapi mm core path temporary files run runtime lock pid socket folder",
     "The pid file (PidFile), the logs, and what DefaultRuntimeDir holds; ticket keys, sessions "
     "and "
     "the status board are memory without a file. signet -V prints the defaults."},
    {"Failed to generate temporary 512 bit RSA private key",
     "temporary rsa 512 prng seeded entropy random generate",
     "Temporary RSA keys were for export browsers and are gone. The message meant a random number "
     "generator without a seed; today the kernel seeds it (getrandom), and SSLRandomSeed does "
     "nothing."},
    {"Which port does HTTPS use?", "port 443 80 8443 url https number default 666 8080",
     "443, if the URL names none; https://host:666/ asks another port. The server needs a Listen "
     "and a <VirtualHost> for it: signet check compares both (SG0133, SG0134), and signet -S "
     "prints "
     "what is served where."},
    {"How do I speak HTTPS by hand?",
     "telnet manually s_client curl test debug openssl connect speak",
     "openssl s_client -connect host:443 -servername host, then type GET / HTTP/1.0 and an empty "
     "line; or curl -v https://host/. telnet cannot: the first bytes have to be a ClientHello."},
    {"The connection hangs or says wrong version number",
     "hang hangs http https port wrong version number plain request ssl port 400 speaking",
     "HTTP spoken to a TLS port, or TLS to an HTTP port. signet looks at the first bytes: plain "
     "HTTP on a TLS port is answered with 400 and a link to https; a ClientHello on a plain port "
     "is "
     "answered with a TLS alert. Both are logged. Check SSLEngine on in that <VirtualHost>, and "
     "that its port is the one in Listen."},
    {"Connection refused", "refused connect listen port firewall started startssl -DSSL",
     "Nobody listens at that port: the server is not running, Listen does not name the port "
     "(SG0133), "
     "an <IfDefine SSL> hides it (SG0145), or a firewall rejects. ss -ltnp shows who listens."},
    {"SSL_ variables are missing in CGI and SSI",
     "environment variables SSL_ cgi ssi stdenvvars missing empty php",
     "SSLOptions +StdEnvVars in the section of the programs fills them. HTTPS=on and SSL_TLS_SNI "
     "are "
     "there always; logs (%{SSL_PROTOCOL}x) and expressions need no option."},
    {"Links between HTTP and HTTPS pages",
     "relative hyperlinks links mix switch rewrite _SSL _NOSSL",
     "Relative links stay on the scheme of the page. The old trick with _SSL and _NOSSL by "
     "RewriteRule works; better is to have everything by https: Redirect permanent / https://name/ "
     "in the port-80 host, and HSTS."},
    {"Random SSL errors under load", "random errors load session cache heavy protocol dbm",
     "DBM session caches lost entries under load. SSLSessionCache shmcb: is shared memory with a "
     "lock; tickets need no cache at all. If the cache is too small, sessions are made anew: that "
     "costs time and is no error."},
    {"Why is the load higher with TLS?",
     "load ssl cpu slow performance faster encryption cost handshake",
     "The full handshake costs most: an RSA-2048 signature about ten times an ECDSA P-256 one. Use "
     "an ECDSA certificate, keep KeepAlive On, leave session tickets on; the encryption itself is "
     "done by the processor (AES-NI)."},
    {"Connections take 30 seconds",
     "slow 30 seconds delay random blocking entropy /dev/random dns wait",
     "Once: SSLRandomSeed with /dev/random, which blocked. Today the source of such delays is a "
     "name server that does not answer (HostnameLookups, Require host), an OCSP responder, or a "
     "firewall that drops packets."},
    {"Which ciphers are supported?", "ciphers cipher list suites openssl supported available",
     "signet grade prints what each virtual host really offers, by version and in the server's "
     "order; signet ciphers 'STRING' expands a string and explains each suite. Without "
     "SSLCipherSuite it is Mozilla's "
     "intermediate list."},
    {"ADH and anonymous ciphers: no shared cipher",
     "adh anonymous anull no shared cipher SSL_ALLOW_ADH",
     "Suites without authentication let anybody in the middle play the server; they are never "
     "offered, whatever SSLCipherSuite says, and grade F where they are."},
    {"No shared cipher",
     "no shared cipher handshake failure suites common dsa certificate new server",
     "Client and server have no suite in common that fits the versions, the key (an ECDSA key "
     "needs "
     "ECDSA suites), a group and a signature algorithm. signet grade shows for each of some 35 "
     "clients which of these fails first."},
    {"TLS with several names on one address",
     "sni name-based virtual hosts vhost one ip multiple names",
     "The ClientHello carries the name (SNI), so that each <VirtualHost> has its own certificate, "
     "versions and suites. The FAQ that called it impossible is from before 2009. Clients without "
     "SNI get the first host of the address (SG0157)."},
    {"Separate addresses or ports for each TLS host",
     "separate ip addresses ports workaround vhost",
     "It works, and is only needed for clients without SNI: one Listen and one <VirtualHost "
     "address:port> each."},
    {"The lock icon appears late with Basic authentication",
     "lock icon padlock basic authentication "
     "dialog late",
     "The browser asked for the password before it showed the page, and old ones drew the lock "
     "with "
     "the page. The dialog came over TLS already, if the address began with https."},
    {"Internet Explorer reports I/O errors",
     "msie internet explorer ie i/o error keepalive nokeepalive unclean shutdown downgrade force",
     "MSIE 2 to 5 could not keep TLS connections alive nor take a close notify. The SetEnvIf rule "
     "with \".*MSIE.*\" hits all later ones, too, and makes them slow (SG0143): delete it. Those "
     "old browsers speak nothing that is served today; the table of signet grade shows it."},
    {"Renegotiation errors in the log",
     "unsafe legacy renegotiation re-negotiation failed refused client initiated rfc 5746 log "
     "noise",
     "A client or scanner asked for a new handshake on an open connection. That is refused since "
     "2009 (CVE-2009-3555) unless both know RFC 5746, and TLS 1.3 has none at all. Most such lines "
     "come from scanners: nothing to do. If they follow SSLVerifyClient in a directory, see "
     "SG0166."},
    {"BEAST, CRIME, POODLE, Heartbleed and other attacks",
     "beast rc4 crime breach poodle heartbleed freak logjam drown robot sweet32 lucky13 attack "
     "attacks "
     "vulnerable",
     "BEAST: CBC in TLS 1.0, which is not served. RC4: never offered. CRIME: TLS compression is "
     "never used. POODLE: SSL 3.0 is never served. FREAK, Logjam: no export suites, no small DH "
     "groups. DROWN: no SSL 2.0. Sweet32: no 64-bit blocks in the default list. Heartbleed, CCS "
     "and "
     "Ticketbleed were defects of old libraries. signet grade caps where one applies."},
    {"What do the names of cipher suites mean?",
     "cipher names meaning ECDHE RSA AES GCM SHA256 suite name "
     "parts",
     "ECDHE-RSA-AES128-GCM-SHA256: ECDHE agrees on a key that is thrown away afterwards (forward "
     "secrecy); RSA signs, so the certificate has an RSA key; AES128 encrypts, with 128 bits; GCM "
     "protects against changes as well; SHA256 is used to derive keys. TLS 1.3's names have only "
     "the "
     "last three, since the others are chosen on their own."},
    {"SSL Labs: how do I get an A+?", "ssl labs ssllabs grade a+ rating test score",
     "signet grade computes the letter from the configuration. Without any TLS directive it is A; "
     "one line of HSTS (Header always set Strict-Transport-Security \"max-age=63072000\") makes it "
     "A+. signet check --fix writes that line and replaces old cipher strings."},
    {"Mozilla's configuration generator and its profiles",
     "mozilla generator profile intermediate modern old guideline tlsref SSLPolicy",
     "What the generator writes for Apache is accepted as it is. SSLPolicy intermediate (or "
     "modern, "
     "old; with a version of the guideline behind it) says the same in one line, and signet grade "
     "--profile intermediate compares."},
    {"Why does the browser warn about the certificate?",
     "browser warning untrusted unknown authority self-signed name mismatch not private security",
     "There are two questions, each with its own answer: is the issuer known (not for self-signed "
     "certificates and private CAs: import the CA's root), and is the name in the address among "
     "those of the certificate (SubjectAltName; the CN alone counts no more). signet grade tells "
     "both: T and M."},
    {"The browser says 128-bit", "128-bit encryption strength indicator details dialog browser",
     "It is the size of the cipher's key. 128 bits are strong: nobody searches that space. The "
     "weaker point is nearly always elsewhere (key exchange, old versions, the certificate)."},
    {"s_client: verify error number 18, 20, 21",
     "verify error self signed certificate unable local issuer "
     "return code s_client num=18",
     "18: the certificate is self-signed. 19: a self-signed root that is not known. 20: the issuer "
     "is not known here. 21: the leaf came alone, without its intermediate. 10: expired. 62: the "
     "name does not match. Name the root with -CAfile to see the chain verified."},
    {"Watching TLS on the wire",
     "ethereal wireshark ssldump tshark sniff packet decrypt trace capture",
     "tshark -d tcp.port==443,tls shows hellos and alerts; what follows is encrypted, also for who "
     "has the private key, since all suites have forward secrecy. curl writes the secrets of its "
     "own "
     "connections with SSLKEYLOGFILE, which Wireshark reads."},
    {"Where do I get support, and what must a report say?",
     "support help mailing list bug report problem contact version backtrace lynx",
     "signet report writes it: versions, how it was built, the modules, what signet check found, "
     "the "
     "end of the error log and crash reports, with secrets taken out. Add what you did, what you "
     "expected, and what came instead (curl -v)."},
    {"How do I get a backtrace of a core dump?",
     "core dump backtrace gdb coredumpdirectory setuid optim -g",
     "A crashing worker writes its backtrace into the error log by itself. For a core file: "
     "CoreDumpDirectory of a folder that the workers may write, ulimit -c unlimited, then gdb "
     "/usr/sbin/signet core and bt. Processes that changed their user write none by default: "
     "CoreDumpDirectory lifts that. signet -X runs as one process under gdb."},
    {"Client certificates: usual mistakes",
     "client certificate authentication mtls SSLVerifyClient "
     "mistakes optional require depth",
     "SSLVerifyDepth too small for an intermediate; the CA's intermediate missing in "
     "SSLCACertificateFile; SSLVerifyClient in a directory, which needs what browsers do not do "
     "(SG0166); a server certificate without clientAuth used as a client's; revocation lists that "
     "have expired (SG0170)."},

    // The protocol.
    {"The parts of SSL and TLS",
     "sub-protocols handshake record alert change cipher spec layers protocol",
     "The record protocol cuts data into pieces and protects them; the handshake agrees on "
     "version, "
     "suite and keys; alerts say what is wrong, or that this is the end; ChangeCipherSpec switched "
     "to the new keys and is only for show in TLS 1.3. Sessions are resumed by tickets or a "
     "cache."},
    {"Why SSL 2.0 is not spoken", "sslv2 ssl2 weaknesses mac downgrade truncation drown old",
     "Its handshake is not protected (anybody can choose a weaker cipher), its MAC is weak, and a "
     "cut "
     "connection cannot be told from its end. An SSLv2 hello is answered with an alert."},
    {"PCT, WTLS and SSH",
     "pct wtls wap gap ssh protocols other comparison protocol private communication",
     "PCT 1.0 was Microsoft's answer to SSL 2.0, and is gone. WTLS was TLS for mobile phones of "
     "the "
     "WAP time: the gateway saw everything in clear (the WAP gap). SSH protects logins and has its "
     "own keys without authorities."},
    {"SSL 3.0, TLS 1.0 and 1.1",
     "sslv3 tls1.0 tls1.1 tlsv1 old versions legacy enable clients refused",
     "SSL 3.0 is never served (POODLE). TLS 1.0 and 1.1 are off; SSLLegacyProtocols on with "
     "SSLProtocol "
     "lets them in for old clients, and caps the grade at B."},
    {"TLS through NAT, firewalls and proxies",
     "nat firewall proxy kernel tunnel connect pass through",
     "TLS is bytes on a TCP connection: NAT and firewalls let it pass without knowing. A proxy "
     "gets a "
     "CONNECT and forwards blindly. Nothing in the kernel is needed."},
    {"What can still go wrong with TLS?",
     "risks limits verification weak crypto bugs library security",
     "Clients that do not verify the server, keys that others can read, old versions and suites, "
     "defects of the library (keep it updated; signet check names its version), and the "
     "application "
     "behind it. signet grade looks at the second and third."},
    {"An old s_client transcript: DHE-RSA-AES256-SHA, SSLv3, 1024 bits, MD5",
     "transcript dhe-rsa-aes256-sha session-id master-key timeout 300 1024 md5 s_client output",
     "By today's measure: SSLv3 is broken (POODLE). DHE-RSA-AES256-SHA has forward secrecy, but "
     "CBC and "
     "SHA-1. A 1024-bit key and an MD5 signature are refused by every client. The master key in "
     "the "
     "transcript opens the connection: never publish it. A timeout of 300 s is still the "
     "default.\nsignet explain transcript FILE "
     "says this of any paste of s_client or curl -v."},
    {"Response headers: Server, ETag, Last-Modified",
     "headers etag inode size mtime server date "
     "last-modified accept-ranges response fileetag",
     "ETag is made of modification time and size; FileETag INode adds the inode, as Apache 1.3 to "
     "2.2 "
     "did, which differs between machines that share a site. ServerTokens says how much Server "
     "tells; "
     "Date is the server's clock."},
    {"TLS-SRP: logging in by password in the handshake", "srp SSLSRPVerifierFile password tls-srp",
     "SRP is deprecated in OpenSSL 3 and does not exist in TLS 1.3; the directives are read and do "
     "nothing. Use client certificates."},
    {"Java 7 clients fail: DH primes above 1024 bits",
     "java 7 java7 dh prime 1024 diffie-hellman could not "
     "generate keypair",
     "Java 6 and 7 cannot use DH groups above 1024 bits (\"Could not generate DH keypair\"). No "
     "DHE "
     "suites are offered by default, so they use ECDHE. Java 7 also needs TLS 1.2 switched on "
     "(-Dhttps.protocols=TLSv1.2)."},
    {"Why is a request answered with 421 Misdirected Request?",
     "421 misdirected sni host mismatch proxy nginx haproxy",
     "The name in SNI and the one in Host belong to virtual hosts whose TLS settings differ. "
     "Behind a "
     "proxy: let it send SNI with the name of the request (nginx: proxy_ssl_server_name on and "
     "proxy_ssl_name $host)."},
};

} // namespace

std::span<const Topic> topics()
{
    return list;
}

} // namespace signet::diagnosis
