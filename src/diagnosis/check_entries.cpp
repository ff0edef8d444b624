// What signet check finds in configurations that would start (and in those that would not):
// 133–199.
#include "diagnosis/tool_entries.h"

namespace signet::diagnosis {
namespace {

constexpr auto error = Severity::error;
constexpr auto warn = Severity::warn;
constexpr auto notice = Severity::notice;

constexpr Entry entries[] = {
    {133, error, "", "check: no Listen opens the port of a virtual host",
     "A <VirtualHost> only sorts connections that arrive; the socket is opened by Listen. Clients "
     "see \"connection refused\".",
     "Add Listen with that port to the main server."},
    {134, notice, "", "check: a Listen is used by no virtual host",
     "Connections to that port are answered by the main server, with its DocumentRoot.",
     "Add a <VirtualHost> for the port, or remove the Listen."},
    {135, warn, "", "check: a ProxyPass line is never reached",
     "The first ProxyPass whose path is the beginning of the URL wins; an earlier line with a "
     "shorter path takes everything below it.",
     "Put the longer path first: /ws before /."},
    {136, warn, "", "check: Order, Allow, Deny beside Require in one section",
     "Both the old and the new way have to let a client in. A forgotten \"Deny from all\" denies "
     "what Require grants (AH01797, AH01630).",
     "Keep Require alone: \"Allow from all\" is \"Require all granted\", \"Deny from all\" is "
     "\"Require all denied\"."},
    {137, error, "", "check: a private key lies below a DocumentRoot",
     "Whoever asks for its path gets the key, and can play the server.",
     "Move it to a folder that is served by nothing, mode 0600; have the certificate issued anew."},
    {138, warn, "", "check: the worker's user may read a private key",
     "Workers never need key files: the master reads them as root. A hole in a program that runs "
     "as the worker's user gives the key away.",
     "chown root:root and chmod 600 the file."},
    {139, warn, "", "check: hash links are stale",
     "OpenSSL finds certificates in such a folder by links named after a hash of the subject. "
     "Since OpenSSL 1.0 the hash is another one; old links are never found.",
     "openssl rehash FOLDER"},
    {140, warn, "", "check: HSTS includes subdomains that have no TLS",
     "Browsers that have seen includeSubDomains refuse http for every subdomain, for as long as "
     "max-age says.",
     "Give the named hosts a virtual host with TLS first, or leave includeSubDomains out. To roll "
     "back, send max-age=0 over https."},
    {141, notice, "", "check: words of a cipher string have no effect",
     "What the word selects is there already, is excluded already, or does not exist in this "
     "OpenSSL. +WORD moves suites to the end and never adds any.",
     "Remove the words, or use SSLPolicy intermediate."},
    {142, notice, "", "check: DefaultType has no effect",
     "Apache 2.4 ignores every value but none; files of unknown type are sent without "
     "Content-Type.",
     "Remove the line; use ForceType or AddType where a type is wanted."},
    {143, notice, "", "check: a rule for old Internet Explorers hits all of them",
     "\".*MSIE.*\" switches keep-alive and HTTP/1.1 off for browsers that need neither; only MSIE "
     "2 "
     "to 5 did.",
     "Remove the line. If such clients really exist: BrowserMatch \"MSIE [2-5]\\.\" nokeepalive "
     "ssl-unclean-shutdown downgrade-1.0 force-response-1.0"},
    {144, notice, "", "check: NameVirtualHost has no effect",
     "Since Apache 2.4 virtual hosts of one address are told apart by name without it.",
     "Remove the line."},
    {145, warn, "", "check: an <IfDefine> hides TLS",
     "The name is not defined by this command line, so the block with SSLEngine or the port is "
     "skipped; the server starts without TLS and nobody notices.",
     "Remove <IfDefine SSL> and its end: TLS is always built in. Or start with -D SSL."},
    {146, notice, "", "check: KeepAliveTimeout is long",
     "Each idle connection is held for that time; browsers that come back within seconds gain "
     "nothing from more.",
     "KeepAliveTimeout 5"},
    {147, warn, "", "check: Basic authentication over plain HTTP",
     "The password travels with every request, readable by anybody on the way.",
     "Serve the place by TLS only: SSLRequireSSL in the section, and a redirect from http."},
    {148, notice, "", "check: a site with TLS does not send HSTS",
     "A first visit by http can be kept there by somebody in the middle.",
     "Header always set Strict-Transport-Security \"max-age=63072000\", once all of the site works "
     "by https: browsers remember it."},
    {149, warn, "", "check: a cipher string asks for broken suites",
     "RC4, export, NULL, LOW or anonymous suites are in the list as it is written. signet leaves "
     "them out; an Apache with an older library offers them.",
     "SSLPolicy intermediate (Mozilla's list of today) in place of the line."},
    {150, warn, "", "check: SSLProtocol asks for versions that are broken",
     "SSLv2, SSLv3, TLS 1.0 and 1.1 are not served (RFC 6176, 7568, 8996).",
     "SSLProtocol -all +TLSv1.2 +TLSv1.3"},
    {151, error, "", "check: the worker's user cannot reach a folder",
     "Every folder above a file needs x for the user or group of the workers. \"Permission "
     "denied\" "
     "names the file, but the culprit is the folder above it.",
     "chmod o+x the folder that is named, or choose another place."},
    {152, error, "", "check: the worker's user may write configuration, keys or programs",
     "Whoever gets hold of a worker could change what the master does as root.",
     "chown -R root:root the folder, chmod -R go-w."},
    {153, notice, "", "check: SSLRandomSeed has no effect",
     "Random numbers come from the kernel. A blocking source (/dev/random) once made clients wait "
     "for half a minute.",
     "Remove the line."},
    {154, error, "", "check: an address cannot be bound",
     "Another program has the port, the address is not this machine's, or the port is below 1024 "
     "and signet was not started by root.",
     "ss -ltnp shows who has the port."},
    {155, warn, "", "check: a server name has no address",
     "Clients cannot find the site by this name; certificates cannot be issued for it by http-01.",
     "Add the name to the DNS, or correct ServerName."},
    {156, warn, "", "check: a certificate will have expired",
     "At the date that was asked about, it is not valid any more.",
     "Renew it before; automate the renewal."},
    {157, notice, "", "check: clients without SNI get another site's certificate",
     "Hosts of one address are told apart by the name in the ClientHello. A client that sends none "
     "is served by the first one.",
     "Nothing for browsers: all of them send SNI. Put the most important host first, or use "
     "SSLStrictSNIVHostCheck on."},
    {158, warn, "", "check: HSTS is sent where it does not count",
     "Browsers ignore the field in answers over plain HTTP (RFC 6797 §8.1).",
     "Put the line into the virtual host with SSLEngine on, and redirect from http to https."},
    {159, notice, "", "check: SSLCertificateChainFile is deprecated",
     "Since Apache 2.4.8 the file of SSLCertificateFile holds the chain, leaf first.",
     "Append the chain to the certificate's file and remove the line."},
    {160, notice, "", "check: Order, Allow and Deny are Apache 2.2's",
     "They work exactly as before, by mod_access_compat.",
     "Allow from all is Require all granted; Deny from all is Require all denied; Allow from "
     "10.0.0.0/8 is Require ip 10.0.0.0/8."},
    {161, notice, "", "check: SSLMutex has no effect",
     "There is no lock file: the session cache is in memory shared by the workers.",
     "Remove the line."},
    {162, notice, "", "check: a directive has a newer name",
     "The old spelling works; the manual and other people's configurations use the new one.",
     "Write the new name."},
    {163, notice, "", "check: HostnameLookups asks the DNS for every client",
     "Each new client costs a look-up, and logs name what the client's DNS says.",
     "HostnameLookups Off; resolve names when logs are read."},
    {164, error, "", "check: the workers run as root",
     "A hole in any of them gives away the machine.", "User and Group of an account of their own."},
    {165, error, "", "check: a virtual host with TLS listens on the port of plain HTTP",
     "Clients speak plain HTTP to port 80 and get an error page, or speak TLS to a host without "
     "SSLEngine and get \"wrong version number\".",
     "Give TLS the port 443 and plain HTTP the port 80, each in its own <VirtualHost>."},
    {166, warn, "", "check: client certificates per directory need what browsers do not do",
     "Asking after the request needs renegotiation (TLS 1.2) or post-handshake authentication (TLS "
     "1.3), and HTTP/2 forbids both.",
     "SSLVerifyClient in a virtual host of its own name."},
    {167, notice, "", "check: stapling is on, but the certificate names no responder",
     "The authority has given up OCSP (Let's Encrypt since May 2025); there is nothing to staple.",
     "Nothing to do; SSLUseStapling may go."},
    {168, warn, "", "check: two certificates have one issuer and serial number",
     "Clients that know the first refuse the second (sec_error_reused_issuer_and_serial): usual "
     "with self-signed certificates made again.",
     "Make the new one with another serial number: openssl req -x509 draws one at random."},
    {169, notice, "", "check: memory dumps may hold keys",
     "CoreDumpDirectory writes the memory of a worker to disk when it crashes.",
     "Only the worker's user may read the folder; remove the line when the fault is found."},
    {170, warn, "", "check: a revocation list has expired",
     "With SSLCARevocationCheck every client certificate of that authority is refused.",
     "Fetch the authority's current list, and automate that."},
    {171, warn, "",
     "check: the TLS library is not the one signet was built with, or has no support",
     "A library of another release line may lack what was compiled in; one past its end gets no "
     "more corrections.",
     "Update the system's OpenSSL, and rebuild signet where the line differs."},
    {172, notice, "", "check: StdEnvVars is on for everything",
     "SSLOptions +StdEnvVars fills some 20 variables for each request, which only CGI and SSI "
     "need. "
     "Logs and expressions know them without it.",
     "Put the line into <FilesMatch \"\\.(cgi|shtml|php)$\">."},
    {173, warn, "", "check: TLS has no port-80 host that leads to it",
     "Who types the name without https:// may find nothing, or another site.",
     "A <VirtualHost *:80> of the same name with Redirect permanent / https://name/"},
    {174, warn, "", "check: a plain-HTTP host shows what the TLS host of its name protects",
     "Both hosts have one DocumentRoot, and the port-80 host neither redirects nor requires TLS.",
     "Redirect permanent / https://name/ in the port-80 host."},
    {175, error, "", "check: the configuration cannot be read",
     "The main file is missing or unreadable, so nothing can be said about it.",
     "signet check -f FILE"},
    {176, notice, "", "check: LogLevel is talkative",
     "debug and trace write many lines for each request; the disk fills, and secrets may be in it.",
     "LogLevel warn, or for one module only: LogLevel warn ssl:info"},
};

} // namespace

std::span<const Entry> check_entries()
{
    return entries;
}

} // namespace signet::diagnosis
