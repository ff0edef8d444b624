// What a paste of `openssl s_client` or `curl -v` says about a connection. Such pastes come from
// mails and forums: cut short, with other text around, with line ends lost. So nothing is parsed as
// a whole: the programs' own words are looked for, wherever they stand.   openssl-s_client(1)
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::tools {

// Something in it that needs an explanation.
struct TranscriptFinding {
    int id = 0;         // of the catalogue; 0: none fits, and cause and fix say it
    std::string seen{}; // what stands there, made visible
    std::string cause{}, fix{};
};

struct Transcript {
    std::vector<std::pair<std::string, std::string>> facts{}; // name, value: version, cipher, …
    std::vector<TranscriptFinding> findings{};                // in the order of a connection
    [[nodiscard]] bool is_empty() const { return facts.empty() && findings.empty(); }
};

// The messages of its own (diagnosis/pki_entries.cpp).
enum TranscriptMessage : int {
    transcript_without_name = 840,
    transcript_no_tls = 841,
    transcript_holds_secret = 842,
    transcript_old_cipher = 843,
    transcript_old_renegotiation = 844,
};

// Any bytes; work and result are bounded by their length.
[[nodiscard]] Transcript read_transcript(std::string_view text);

} // namespace signet::tools
