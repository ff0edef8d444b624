// Where the verbs get pass phrases: the first line of a file, a line of standard input ("-"), or
// the terminal, which shows nothing of them.
#pragma once
#include "pki/key.h"

#include <string>

namespace signet::tools {

class PhraseSource {
public:
    // `file` empty: the terminal. `what` is shown: "server.key", "the authority".
    PhraseSource(std::string file, std::string what)
        : file_(std::move(file))
        , what_(std::move(what))
    {
    }
    // For what is encrypted already: three attempts at a terminal, one from a file. Must not
    // outlive this object.
    [[nodiscard]] pki::AskPassPhrase asker() const;
    // For what will be encrypted: typed twice. Kind::denied when there is nobody to ask, or the
    // two differ.
    [[nodiscard]] Result<pki::Secret> fresh() const;

private:
    std::string file_, what_;
};

} // namespace signet::tools
