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
};

} // namespace

std::span<const Entry> pki_entries()
{
    return entries;
}

} // namespace signet::diagnosis
