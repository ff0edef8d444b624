// SSLPassPhraseDialog: where pass phrases come from. One that opened a key is tried on the next key
// before anyone is asked again.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslpassphrasedialog
#pragma once
#include "pki/key.h"

#include <memory>
#include <string>
#include <vector>

namespace signet::tls {

// Lives while a configuration is loaded; wipes every phrase at its end.
class PassPhrases {
public:
    // The directive's argument: "builtin", "exec:/path", "|/path args". `product` heads the dialog
    // ("signet/0.1").
    [[nodiscard]] static Result<PassPhrases> from_directive(std::string_view argument,
                                                            std::string_view product);
    // Phrases known beforehand and nobody to ask (tests, reloads without a terminal).
    [[nodiscard]] static PassPhrases fixed(std::vector<pki::Secret> known);
    PassPhrases(PassPhrases&&) noexcept;
    PassPhrases& operator=(PassPhrases&&) noexcept;
    ~PassPhrases();

    // For pki::PrivateKey::load: tries what is known, then asks for the key at `path`, number
    // `index` of `vhost` ("www.example.com:443"). This object must outlive the result.
    [[nodiscard]] pki::AskPassPhrase asker(const std::string& vhost, size_t index,
                                           const std::string& path);
    // Tries this one, too, before anybody is asked.
    void know(pki::Secret phrase);
    // Every phrase that has opened a key, for the program that takes over from this one.
    [[nodiscard]] const std::vector<pki::Secret>& known() const;
    // Remembers the phrase that has just opened a key.
    void succeeded();
    // Why the dialog gave no phrase, or empty.
    [[nodiscard]] const std::string& trouble() const;
    // Closes the dialog; prints Apache's last line when anybody was asked.
    void finish();

private:
    struct State;
    explicit PassPhrases(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace signet::tls
