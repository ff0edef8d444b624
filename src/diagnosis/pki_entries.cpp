// Certificates and keys: 400–499.
#include "diagnosis/catalogue.h"

namespace signet::diagnosis {
namespace {

constexpr Entry entries[] = {
    {400, Severity::emerg, "AH02565", "Certificate and private key do not match",
     "The private key belongs to another certificate: often a renewed certificate beside the old "
     "key, or the key of another site.",
     "Point SSLCertificateKeyFile at the key the certificate was requested with. Compare "
     "`openssl x509 -noout -pubkey -in CERT` with `openssl pkey -pubout -in KEY`: they must be "
     "equal."},
    {401, Severity::emerg, "AH02561", "Failed to configure certificate: the file cannot be read",
     "The file named by SSLCertificateFile or SSLCertificateChainFile does not exist or root may "
     "not read it (a network file system, a security module).",
     "Correct the path, or restore the file."},
    {402, Severity::emerg, "AH02561", "Failed to configure certificate: the file holds none",
     "The file is neither a PEM text with BEGIN CERTIFICATE nor one DER certificate, or a block "
     "in it was damaged when it was copied.",
     "Look at it with `openssl x509 -noout -text -in FILE`; get a fresh copy from the authority."},
    {403, Severity::emerg, "AH02574", "The private key file cannot be opened",
     "The file named by SSLCertificateKeyFile does not exist or cannot be read.",
     "Correct the path; the file belongs to root with mode 0600."},
    {404, Severity::emerg, "AH02564", "Failed to configure private key",
     "The file holds no private key in PEM, DER or PKCS#8 form, or the key is damaged.",
     "Check it with `openssl pkey -noout -check -in FILE`. A certificate request (CSR) is not a "
     "key."},
    {405, Severity::emerg, "AH02580", "Pass phrase incorrect for private key",
     "The pass phrase typed, or printed by the program of SSLPassPhraseDialog, does not open this "
     "key.",
     "Try it with `openssl pkey -noout -in KEY`. To store the key unencrypted, readable by root "
     "only: `openssl pkey -in KEY -out NEWKEY && chmod 600 NEWKEY`."},
    {406, Severity::emerg, "AH02578", "The private key is encrypted and there is no pass phrase",
     "Nobody can be asked: there is no terminal (started by systemd or reloaded), or the program "
     "of SSLPassPhraseDialog printed nothing.",
     "Set SSLPassPhraseDialog exec:/path/to/program, or remove the pass phrase from the key."},
    {407, Severity::warn, "", "The server certificate has expired",
     "It was not renewed in time, or the renewed file was not put in place.",
     "Renew the certificate, then reload. If the clock of this machine is wrong, set it."},
    {408, Severity::warn, "", "The server certificate is not valid yet",
     "Its validity begins in the future: this machine's clock is behind, or the certificate was "
     "made on one whose clock is ahead.",
     "Set the clock, or wait."},
    {409, Severity::warn, "AH01909", "The server certificate does not name this server",
     "Neither ServerName nor one of the ServerAlias names is in the certificate's subjectAltName; "
     "browsers refuse the connection for those names.",
     "Get a certificate that lists every name, or correct ServerName and ServerAlias."},
    {410, Severity::warn, "", "The certificate chain is incomplete",
     "The intermediate certificate that issued this one is not sent. Browsers that have seen it "
     "elsewhere work, other clients fail.",
     "Append the intermediate certificate to the file of SSLCertificateFile, after the server's."},
    {411, Severity::warn, "", "The certificate chain is out of order",
     "Each certificate must be followed by the one that issued it (RFC 5246 §7.4.2); some clients "
     "insist.",
     "Order the file: server certificate, then its issuer, then that one's issuer. signet sends "
     "them as they are."},
    {412, Severity::warn, "", "The certificate chain holds a certificate that is not part of it",
     "A leftover of an older certificate; it is sent to every client in vain.",
     "Remove it from the file."},
    {413, Severity::warn, "", "The private key can be read or replaced by others",
     "The file's mode lets every user of the machine read it, or others than its owner write it.",
     "chmod 600 the file. If others had access to the machine, replace key and certificate."},
    {414, Severity::warn, "", "The RSA key is too small",
     "RSA keys below 2048 bits can be factored with great effort; OpenSSL's default security level "
     "and all browsers refuse them below 1024, most below 2048.",
     "Make a new key: ECDSA P-256, or RSA with 2048 bits or more, and request a new certificate."},
    {415, Severity::warn, "AH01906", "The server certificate is a CA certificate",
     "It carries BasicConstraints CA:TRUE: the file of the authority was given instead of the "
     "server's, or it was self-signed with the defaults of `openssl req -x509`.",
     "Use the certificate the authority issued for this server; for a self-signed one add "
     "-addext basicConstraints=critical,CA:FALSE."},
    {416, Severity::warn, "", "The server certificate expires within a week",
     "Automatic renewal has not happened, or there is none.", "Renew it now and reload."},
    {417, Severity::warn, "", "The server certificate is signed with a broken hash",
     "MD5 and SHA-1 signatures can be forged; clients refuse them.",
     "Have the certificate issued again; every authority uses SHA-256 or better now."},
    {418, Severity::emerg, "AH02572", "No certificate and key for a virtual host with SSLEngine on",
     "SSLEngine is on, but SSLCertificateFile is missing here and in the main server.",
     "Add SSLCertificateFile and SSLCertificateKeyFile to the virtual host, or turn SSLEngine "
     "off."},
    {419, Severity::info, "", "The certificate chain sends its root certificate",
     "Clients have the root already or do not trust it: the bytes are wasted in each handshake.",
     "Remove the last, self-signed certificate from the file."},
    {420, Severity::warn, "AH01907", "The server certificate is not a leaf certificate",
     "BasicConstraints allow it to issue further authorities.",
     "Use the certificate the authority issued for this server."},
    {422, Severity::warn, "", "A link in a hash-link directory leads nowhere",
     "SSLCACertificatePath and its relatives name a directory with a link to a file that was "
     "removed. An authority or a revocation list may be missing that you believe to be there.",
     "Look whether the file should be there; then make the links anew: `openssl rehash "
     "DIRECTORY`."},
    {423, Severity::emerg, "AH02210", "The authorities for client certificates cannot be read",
     "SSLCACertificateFile, SSLCADNRequestFile or a directory of the kind does not exist, is not "
     "readable, or holds no certificate in PEM form.",
     "`openssl crl2pkcs7 -nocrl -certfile FILE | openssl pkcs7 -print_certs -noout` lists what is "
     "in "
     "a file."},
    {424, Severity::emerg, "AH01901", "A revocation list cannot be read",
     "SSLCARevocationFile does not exist, is not readable, or holds no CRL.",
     "`openssl crl -in FILE -noout -text` shows it. Fetch it anew from the authority."},
    {425, Severity::warn, "AH01897",
     "Clients are asked for a certificate, but no authority is known",
     "SSLVerifyClient asks for certificates, and there is no SSLCACertificateFile or "
     "SSLCACertificatePath that says whose are good. Every certificate will be refused.",
     "Name your authority: SSLCACertificateFile /etc/ssl/client-ca.pem"},
    {426, Severity::error, "AH01899", "CRL checking is on, but there is no list to check",
     "SSLCARevocationCheck leaf or chain needs SSLCARevocationFile or SSLCARevocationPath.",
     "Name the lists of every authority that is checked, or write SSLCARevocationCheck none."},
    {427, Severity::warn, "AH01902", "Revocation lists are configured, but nothing checks them",
     "SSLCARevocationFile or SSLCARevocationPath is there, and SSLCARevocationCheck is none (the "
     "default since 2.4). Revoked certificates are let in.",
     "SSLCARevocationCheck chain, or leaf when intermediates have no list."},
    {421, Severity::emerg, "AH02579", "The certificate has no private key",
     "SSLCertificateKeyFile is missing and the file of SSLCertificateFile holds no key.",
     "Add SSLCertificateKeyFile, or append the key to the certificate's file (mode 0600)."},
    // signet cert, ca and probe: 440–479.
    {440, Severity::error, "", "The file holds nothing that signet knows",
     "It is neither a certificate, a request, a key nor a revocation list; or the file is empty, "
     "or "
     "of another kind altogether.",
     "Look at its first line: PEM begins with -----BEGIN. A file that was sent by mail or copied "
     "from a web page may have lost its line ends."},
    {441, Severity::error, "", "The pass phrase is wrong",
     "It does not open this key or container. The first line of the file counts, without its line "
     "end.",
     "Try again. Nobody can find a lost pass phrase: make a new key and a new certificate then."},
    {442, Severity::error, "", "There is no pass phrase",
     "The key is encrypted, or shall be, and there is no terminal to ask on; or what was typed is "
     "too short or was typed differently the second time.",
     "Give --passphrase-file FILE, or --passphrase-file - and the phrase on standard input."},
    {443, Severity::error, "", "The file exists and is left as it is",
     "Nothing is overwritten unasked: it may be the only copy of a key.",
     "Choose another name with -o, or say --force."},
    {444, Severity::error, "", "The file is damaged",
     "A block in it is cut short, or characters in it were changed when it was copied.",
     "Get a fresh copy. The END line must be there, and nothing but base64 between BEGIN and END."},
    {445, Severity::error, "", "The file is too large",
     "No certificate, key or list of them is that large.", "Check the name of the file."},
    {446, Severity::error, "", "No key of this kind can be made",
     "The kind is unknown, or its size is not between 2048 and 4096 bits: smaller RSA keys are "
     "refused by clients, larger ones make handshakes slow.",
     "Use ecdsa-p256, which every client knows; rsa-3072 for very old ones."},
    {447, Severity::error, "", "The name cannot stand in a certificate",
     "It is no host name, address, e-mail address or subject as certificates have them.",
     "A wildcard is the whole first label (*.example.com); an international name is given as "
     "xn--…; a subject looks like /C=DE/O=Example/CN=www.example.com."},
    {448, Severity::error, "", "Key, request and certificate do not belong together",
     "Their public keys differ: a certificate that was renewed with a new key lies beside the old "
     "key, or files of two sites were mixed.",
     "Compare the other keys on this machine with signet cert match. If the right one is lost, "
     "make "
     "a new key and a new request."},
    {449, Severity::warn, "", "The certificate chain has a gap",
     "The issuer of the last certificate is not there. Browsers that have seen it elsewhere work, "
     "other clients fail.",
     "Give the file that the authority sent along with --with FILE, or say --fetch."},
    {450, Severity::error, "", "A client would not trust the certificate",
     "Its chain does not lead to a trusted root, or a date, a name or a purpose does not fit.",
     "signet cert show FILE prints dates and names; --CAfile names the root of a private "
     "authority; signet cert chain repairs the chain."},
    {451, Severity::error, "", "There is no such virtual host",
     "No ServerName or ServerAlias of the configuration fits, or the virtual host has no "
     "SSLCertificateFile.",
     "signet -S lists the virtual hosts. --vhost NAME chooses one; --site FILE writes a new one."},
    {452, Severity::error, "", "The configuration cannot be read",
     "It has errors, or -f and -d do not name it.", "signet -t -f FILE tells every error."},
    {453, Severity::error, "", "The server would not start with the new certificate",
     "What was installed, or something else in the configuration, is refused. The old files are "
     "back in their places.",
     "Mend what is reported and install again."},
    {454, Severity::error, "", "The running server cannot be told to reload",
     "It belongs to another user, or has just ended.", "Run signetctl graceful as root."},
    {455, Severity::error, "", "There is no authority", "The folder holds no authority.mdb.",
     "signet ca init makes one; --dir FOLDER or SIGNET_CA says where it is."},
    {456, Severity::error, "", "There is an authority already",
     "A second one in the same folder would make everything the first one signed worthless.",
     "Use the one that is there, or choose another folder with --dir."},
    {457, Severity::error, "", "The authority cannot do this",
     "Its records cannot be read or written: the disk is full, the folder belongs to somebody "
     "else, "
     "or the file is damaged.",
     "Check the folder. A backup of authority.mdb holds everything."},
    {458, Severity::error, "", "The request is not signed",
     "It is not signed by its own key, asks for no host name, or its key is too small.",
     "Make a new one: signet cert csr NAME."},
    {459, Severity::error, "", "The authority knows no such certificate",
     "It was signed by another authority, or is revoked already.",
     "signet ca list shows them all."},
    {460, Severity::error, "", "The file cannot be written",
     "The folder does not exist or belongs to somebody else, or the disk is full.",
     "Check the folder, or write elsewhere with -o."},
    {462, Severity::error, "", "There is no connection to the server",
     "The name is unknown, nobody listens on the port, or a firewall drops what is sent.",
     "Check name and port; ss -ltn on the server shows who listens."},
    {463, Severity::error, "", "The handshake failed",
     "The two have no version, suite or group in common; the server has no TLS on this port; or it "
     "wants a certificate of the client.",
     "signet probe -state shows where it ended; -tls1_2, -cipher and -servername narrow it down."},
    {464, Severity::warn, "", "The server's certificate is not trusted",
     "The chain has a gap, its root is not known here, or a date or the name does not fit.",
     "The report names the reason. -CAfile FILE trusts the root of a private authority."},
    {465, Severity::warn, "", "The server did not answer the request",
     "The handshake went well, but then the server closed the connection: TLS 1.3 servers refuse "
     "a missing client certificate only now.",
     "Give -cert and -key, or look into the server's error log."},
    {466, Severity::error, "", "The date cannot be understood", "It has none of the known forms.",
     "Write 2026-12-31, 2026-12-31T12:00:00Z or +30d."},
    {467, Severity::error, "", "The key of the certificate is not found",
     "The key that the request was made with is neither where the configuration names it nor "
     "beside "
     "the certificate.",
     "Give it with --key FILE; signet cert match tells which one fits."},
    {468, Severity::error, "", "The backup cannot be restored",
     "It is no backup of signet, or it is damaged.", "Get another copy of it."},
    {469, Severity::error, "", "The authority may not sign this name",
     "It was made for certain domains only (name constraints), and clients refuse others.",
     "Choose a name below them, or make another authority without --permit."},
    {470, Severity::error, "", "The file cannot be read",
     "It does not exist, or this user may not read it.", "Check the path; keys belong to root."},
    {471, Severity::error, "", "The file cannot be written in this form",
     "What it holds has no such form, or something that belongs to it is missing.",
     "PKCS#12 needs certificate and key (--key FILE); only RSA and EC keys have a traditional "
     "form."},
    {472, Severity::error, "", "The OCSP responder cannot listen",
     "The port is taken or below 1024, or the address is not of this machine.",
     "Choose another --port; 0 takes any that is free."},
    // signet's verbs: their command line, signet explain and signet status.
    {830, Severity::error, "", "The words after signet are not understood",
     "A verb or an option is misspelt, or something that it needs is missing.",
     "signet --help lists the verbs, signet VERB --help what one of them takes."},
    {831, Severity::error, "", "signet explain knows nothing about this",
     "It is no number of a message, no alert, no suite, and none of its words stands in an answer.",
     "Ask with fewer words, as one would type them into a search: signet explain chain incomplete"},
    {832, Severity::error, "", "The transcript holds nothing that is known",
     "It is looked for what openssl s_client and curl -v print: versions, verdicts, alerts, "
     "answers.",
     "Repeat the connection: openssl s_client -connect HOST:443 -servername HOST -state -msg "
     "</dev/null 2>&1 | signet explain transcript -"},
    {833, Severity::notice, "", "The server does not run",
     "The pid file that the configuration names is not there, or its process has ended.",
     "signetctl start. If it runs with another configuration: signet status -d ROOT -f FILE."},
    {834, Severity::error, "", "The memory of a process cannot be looked at",
     "Only root, and who started the process, may read /proc/PID/smaps_rollup; a kernel before "
     "4.14 has no such file.",
     "Ask as root: sudo signet status --memory"},
    {840, Severity::notice, "", "The client sent no server name (SNI)",
     "s_client was called with an address, or with -noservername: the server answers with its "
     "first virtual host on that address, whose certificate may be another one.",
     "Name the site: openssl s_client -connect ADDRESS:443 -servername www.example.com"},
    {841, Severity::error, "", "The port does not speak TLS",
     "What came back is no TLS record: the port serves plain HTTP, or something in between "
     "answers.",
     "On the server: Listen 443 https, and SSLEngine on in the virtual host of this port "
     "(signet -S shows which one it is). Else use the port that speaks TLS."},
    {842, Severity::warn, "", "The transcript holds the secret of its session",
     "Whoever has recorded this connection can read it with the Master-Key or the PSK that "
     "s_client "
     "prints; with a ticket that is still valid the session can be resumed.",
     "Take these lines out before the paste goes into a mail or a forum."},
    {843, Severity::notice, "", "The cipher suite is one of former times",
     "It has no forward secrecy, no authenticated encryption (CBC, RC4), or OpenSSL has dropped it "
     "altogether (DES, 3DES, export).",
     "Serve what signet serves without SSLCipherSuite: ECDHE with AES-GCM or ChaCha20. signet "
     "explain cipher NAME tells about one suite."},
    {844, Severity::notice, "", "The server does not know secure renegotiation",
     "It lacks RFC 5746 of 2010 (OpenSSL before 0.9.8m): clients that insist on it break off with "
     "\"unsafe legacy renegotiation disabled\". signet always has it.",
     "Update the server; a device that cannot be updated belongs behind a proxy that can."},
    {875, Severity::error, "", "The port that was probed does not speak TLS",
     "It is the port of another protocol, or a server that should have TLS there has none "
     "(SSLEngine on is missing in the virtual host of this port).",
     "Give the port of the TLS server: https:// means 443. Of your own server, "
     "`signet check -f httpd.conf` finds a port for https without SSLEngine on."},
    {876, Severity::error, "", "The server that was probed says nothing",
     "It takes connections, but does not answer: it is overloaded or stopped, waits for a PROXY "
     "protocol header, a firewall drops larger packets, or it is no TLS server.",
     "Repeat it on the server itself (signet probe 127.0.0.1:443): when that works, the network is "
     "to blame. server-status shows whether all workers are busy."},
    {877, Severity::error, "", "The server that was probed closed the connection in the handshake",
     "A server that ends without an alert crashed, refuses this address (firewall, TCP wrapper, "
     "load balancer without a backend), or speaks something else on this port.",
     "Look into the server's error log at this time, and whether a load balancer is between."},
    {878, Severity::error, "", "Client and server that was probed have nothing in common",
     "Version, suites, groups or the kind of certificate: the server has none that was offered.",
     "Without -tls1_2, -cipher, -groups … probe offers all it has: what is agreed on then is what "
     "the server wants. `signet grade HOST:PORT` lists all that it takes."},
    {879, Severity::error, "", "The server that was probed demands a client certificate",
     "SSLVerifyClient require, or its like, holds for this host or page.",
     "Give -cert FILE and -key FILE (PEM, or one PKCS#12 file as -cert). `signet ca client NAME` "
     "makes one of your own authority."},
    {880, Severity::error, "", "The server that was probed refuses the client certificate",
     "unknown_ca: its SSLCACertificateFile has not the authority that issued it. "
     "certificate_expired, certificate_revoked: as it says. unsupported_certificate: it is not for "
     "clients (extended key usage clientAuth). bad_certificate: it cannot be read or verified.",
     "`signet cert show FILE` tells issuer, dates and usage of the certificate; the server's error "
     "log says why it refuses it."},
    {881, Severity::error, "", "The server that was probed knows no such name",
     "No virtual host has this name, and the server refuses others (SSLStrictSNIVHostCheck on).",
     "Give the right one by -servername, or add it as ServerAlias."},
    {882, Severity::warn, "", "A certificate of the server is outside its dates",
     "It was not renewed in time, the renewed file was not loaded, or this machine's clock is "
     "wrong.",
     "Compare the dates in the report with the clock. Renew the certificate and reload the server: "
     "`signet cert install`, or MDomain for renewal by itself."},
    {883, Severity::warn, "", "The certificate of the server is for another name",
     "The server has no certificate for this name and shows that of its first virtual host, or the "
     "URL has another name than the certificate.",
     "Use a name that the certificate has, or get one for this name. -servername asks for another "
     "host of the same address."},
    {884, Severity::warn, "", "The certificate of the server is self-signed",
     "It was made for a test, or by the server for want of another. Browsers warn.",
     "Get one from an authority (MDomain, or `signet ca issue`). To trust just this one here: "
     "-CAfile with the certificate itself."},
    {885, Severity::warn, "", "The issuer of the server's certificate is not known here",
     "The server does not send an intermediate certificate, or its root belongs to a private "
     "authority.",
     "Public authority: append the intermediate to SSLCertificateFile (`signet cert chain "
     "--fetch`). Private one: -CAfile with its root."},
    {886, Severity::error, "", "A list of suites or groups is not understood",
     "A name in it is misspelt, or of a suite that this OpenSSL no longer has (RC4, export, "
     "SSLv3).",
     "-cipher takes OpenSSL's names up to TLS 1.2, -ciphersuites those of TLS 1.3, -groups X25519 "
     "or P-256. `signet ciphers LIST` explains a list."},
    {887, Severity::error, "", "The client's certificate and key cannot be used",
     "They do not belong together, or one of them is missing.",
     "`signet cert match CERTIFICATE KEY` tells whether they do. -cert takes the certificate, -key "
     "its key; one PEM or PKCS#12 file may hold both."},
    {888, Severity::error, "", "The server that was probed has none of the protocols of -alpn",
     "It answers with a protocol that was not offered: Apache and old servers do so in place of an "
     "alert.",
     "HTTP/2 needs `Protocols h2 http/1.1` on the server. Without -alpn, probe says by itself "
     "whether h2 is chosen."},
    {889, Severity::error, "", "The server that was probed ended the connection with an alert",
     "The alert's name says why, as far as the server wants to tell.",
     "`signet explain alert NAME` tells its usual causes; the server's error log says more."},
};

} // namespace

std::span<const Entry> pki_entries()
{
    return entries;
}

} // namespace signet::diagnosis
