// signet cert: keys, requests and certificates, without openssl's command lines. Each function is
// one word after "signet cert", fills in the answer and returns the exit status.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace signet::tools {

class Answer;

// Adds the verb; what it did when it was parsed is left in `code`.
void add_cert_verb(CLI::App& app, int& code);

// Which configuration a verb is about: signet's own -d and -f.
struct ConfigurationPlace {
    std::string root{}, file{};
};

// The words of the command line; each verb has its own subset.
struct CertOptions {
    std::vector<std::string> words{}; // names or files
    std::string output{}, key{}, subject{}, type = "ecdsa-p256", vhost{}, at{}, host{}, to{};
    std::string authorities{}, revocation_list{}, chain{}, site{}, document_root{}, into{};
    std::string phrase_file{}, new_phrase_file{};
    std::vector<std::string> with{};
    ConfigurationPlace configuration{};
    int days = 30;
    unsigned port = 0; // 0: the usual one
    bool encrypt = false, force = false, json = false, openssl = false, remove = false,
         fetch = false, for_client = false, traditional = false, dry = false, list = false;
};

[[nodiscard]] int make_key_file(const CertOptions& options, Answer& answer);
[[nodiscard]] int make_request_file(const CertOptions& options, Answer& answer);
[[nodiscard]] int make_self_signed(const CertOptions& options, Answer& answer);
[[nodiscard]] int show_files(const CertOptions& options, Answer& answer);
[[nodiscard]] int match_files(const CertOptions& options, Answer& answer);
[[nodiscard]] int verify_files(const CertOptions& options, Answer& answer);
[[nodiscard]] int arrange_files(const CertOptions& options, Answer& answer);
[[nodiscard]] int change_pass_phrase(const CertOptions& options, Answer& answer);
[[nodiscard]] int convert_file(const CertOptions& options, Answer& answer);
[[nodiscard]] int install_certificate(const CertOptions& options, Answer& answer);
[[nodiscard]] int back_up(const CertOptions& options, Answer& answer);
[[nodiscard]] int restore(const CertOptions& options, Answer& answer);

} // namespace signet::tools
