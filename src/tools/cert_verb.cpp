#include "tools/cert.h"

#include "tools/answer.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

namespace signet::tools {
namespace {

// One word after "signet cert": its options live as long as the parser.
class Word {
public:
    Word(CLI::App& parent, const char* name, const char* what, int& code,
         std::function<int(const CertOptions&, Answer&)> act)
        : app_(*parent.add_subcommand(name, what))
        , options_(std::make_shared<CertOptions>())
    {
        app_.callback([options = options_, &code, act = std::move(act), name] {
            Answer answer(std::string("cert ") + name, options->json, options->output);
            code = act(*options, answer);
            answer.deliver();
        });
        app_.add_flag("--json", options_->json, "for programs; on standard error with -o -");
        app_.add_flag("--show-openssl", options_->openssl, "print the openssl line this replaces");
    }

    CertOptions& options() { return *options_; }

    Word& words(const char* name, const char* what, bool required = true)
    {
        auto* option = app_.add_option(name, options_->words, what);
        if (required) option->required();
        return *this;
    }
    Word& text(const char* flag, std::string CertOptions::*member, const char* what)
    {
        app_.add_option(flag, (*options_).*member, what);
        return *this;
    }
    Word& flag(const char* name, bool CertOptions::*member, const char* what)
    {
        app_.add_flag(name, (*options_).*member, what);
        return *this;
    }
    Word& output(const char* normally)
    {
        options_->output = normally;
        app_.add_option("-o,--output", options_->output, "file to write; - is standard output")
            ->capture_default_str();
        return flag("--force", &CertOptions::force, "replace a file that is there");
    }
    Word& phrase()
    {
        return text("--passphrase-file", &CertOptions::phrase_file,
                    "pass phrase: first line of this file, or - for standard input");
    }
    Word& port(const char* what)
    {
        app_.add_option("--port", options_->port, what)->check(CLI::Range(1, 65535));
        return *this;
    }
    Word& configuration()
    {
        app_.add_option("-f", options_->configuration.file, "the configuration");
        app_.add_option("-d", options_->configuration.root, "its ServerRoot");
        return *this;
    }
    Word& days(int normally)
    {
        options_->days = normally;
        app_.add_option("--days", options_->days, "how long it is valid")
            ->check(CLI::Range(1, 36500))
            ->capture_default_str();
        return *this;
    }
    Word& with()
    {
        app_.add_option("--with", options_->with, "a file with certificates that may be missing")
            ->allow_extra_args(false);
        return *this;
    }

private:
    CLI::App& app_;
    std::shared_ptr<CertOptions> options_;
};

void add_makers(CLI::App& cert, int& code)
{
    Word(cert, "key", "make a private key", code, make_key_file)
        .text("--type", &CertOptions::type, "ecdsa-p256, ecdsa-p384, rsa-2048 to rsa-4096, ed25519")
        .flag("--encrypt", &CertOptions::encrypt, "under a pass phrase (AES-256)")
        .flag("--traditional", &CertOptions::traditional, "BEGIN RSA PRIVATE KEY, for old programs")
        .phrase()
        .output("server.key");
    Word csr(cert, "csr", "make a certificate request", code, make_request_file);
    csr.options().key = "server.key";
    csr.words("name", "host names and addresses", false)
        .text("--vhost", &CertOptions::vhost, "take the names of this virtual host")
        .configuration()
        .text("--key", &CertOptions::key, "its key; made if it is not there")
        .text("--type", &CertOptions::type, "kind of a key that is made")
        .text("--subject", &CertOptions::subject, "/C=DE/O=Example/CN=www.example.com")
        .phrase()
        .output("server.csr");
    Word self(cert, "self-signed", "make a certificate for tests", code, make_self_signed);
    self.options().key = "server.key";
    self.words("name", "host names and addresses", false)
        .text("--vhost", &CertOptions::vhost, "take the names of this virtual host")
        .configuration()
        .text("--key", &CertOptions::key, "its key; made if it is not there")
        .text("--type", &CertOptions::type, "kind of a key that is made")
        .text("--subject", &CertOptions::subject, "/C=DE/O=Example/CN=www.example.com")
        .days(30)
        .phrase()
        .output("server.crt");
}

void add_lookers(CLI::App& cert, int& code)
{
    Word(cert, "show", "say what files hold", code, show_files)
        .words("file", "PEM, DER, PKCS#7 or PKCS#12 files, or host:port")
        .phrase();
    Word(cert, "match", "tell whether key, request and certificate belong together", code,
         match_files)
        .words("file", "keys, requests, certificates")
        .phrase();
    Word(cert, "verify", "verify a certificate as a client would", code, verify_files)
        .words("file", "the certificate, then its chain")
        .text("--CAfile", &CertOptions::authorities, "roots to trust instead of the system's")
        .text("--host", &CertOptions::host, "a name it must have")
        .text("--at", &CertOptions::at, "at this date: 2026-12-31 or +30d")
        .text("--crl", &CertOptions::revocation_list, "a revocation list to look into")
        .flag("--client", &CertOptions::for_client, "as a client's certificate");
    Word(cert, "chain", "order and complete a chain", code, arrange_files)
        .words("file", "certificates, in any order")
        .with()
        .flag("--fetch", &CertOptions::fetch, "fetch missing issuers from where certificates say")
        .output("");
}

void add_changers(CLI::App& cert, int& code)
{
    Word(cert, "passphrase", "change or remove the pass phrase of a key", code, change_pass_phrase)
        .words("file", "the key")
        .flag("--remove", &CertOptions::remove, "leave the key unencrypted, mode 0600")
        .phrase()
        .text("--new-passphrase-file", &CertOptions::new_phrase_file, "the new one, likewise");
    Word(cert, "convert", "write a file in another form", code, convert_file)
        .words("file", "what to convert")
        .text("--to", &CertOptions::to, "pem, der, pkcs7, pkcs12, pkcs8, traditional")
        .text("--key", &CertOptions::key, "the key that goes into PKCS#12")
        .phrase()
        .text("--new-passphrase-file", &CertOptions::new_phrase_file, "that of the result")
        .output("-");
    Word(cert, "install", "put a certificate where the configuration wants it", code,
         install_certificate)
        .words("file", "the certificate, then its chain")
        .configuration()
        .text("--vhost", &CertOptions::vhost, "for this virtual host")
        .text("--key", &CertOptions::key, "its key; looked for if not given")
        .text("--site", &CertOptions::site, "write a configuration of a new site to this file")
        .text("--document-root", &CertOptions::document_root, "folder of the new site's pages")
        .port("of the new site (443; where only root may open it, 8443)")
        .with()
        .phrase()
        .flag("--check", &CertOptions::dry, "say what would be done, change nothing");
    Word(cert, "backup", "keep keys and certificates in one encrypted file", code, back_up)
        .words("file", "what to keep; else all that the configuration names", false)
        .configuration()
        .phrase()
        .output("signet-backup.pem");
    Word(cert, "restore", "put back what a backup holds", code, restore)
        .words("file", "the backup")
        .text("--into", &CertOptions::into, "below this folder instead of the old places")
        .flag("--list", &CertOptions::list, "only say what it holds")
        .flag("--force", &CertOptions::force, "replace files that are there")
        .phrase();
}

} // namespace

void add_cert_verb(CLI::App& app, int& code)
{
    auto* cert = app.add_subcommand("cert", "keys, requests and certificates");
    cert->require_subcommand(1);
    add_makers(*cert, code);
    add_lookers(*cert, code);
    add_changers(*cert, code);
}

} // namespace signet::tools
