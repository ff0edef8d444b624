// What a verb has to say, gathered while it works and printed once: sentences for a person, or
// (--json) one JSON document for a program. Secrets belong into neither.
#pragma once
#include "base/result.h"
#include "pki/describe.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tools {

class Answer {
public:
    // `verb` is how complaints begin: "cert key". `output` is where the verb writes its file: when
    // that is "-", standard output is taken, and what is said goes to standard error.
    explicit Answer(std::string verb, bool json = false, std::string output = {});
    Answer(Answer&&) noexcept;
    Answer& operator=(Answer&&) noexcept;
    ~Answer();

    [[nodiscard]] bool is_json() const { return json_; }
    // The document: an object unless the verb makes an array of it. Names are the same in all
    // verbs: file, key_file, subject, issuer, names, serial, not_before, not_after, key.
    [[nodiscard]] pki::Facts& facts() { return *facts_; }

    // For people only: what facts() has, in words.
    void say(std::string_view text) { text_ += text; }
    // "PATH: what"; nothing of it when the file went to standard output.
    void wrote(const std::string& path, std::string_view what);
    // What is worth knowing without being what was asked for: standard error at once, or "remarks".
    void note(std::string_view text);
    // --show-openssl: standard error, so that output stays what it is, or "openssl".
    void replaces(bool wanted, const std::string& line);

    // What went wrong, with the catalogue's cause and fix: standard error at once, or "error".
    // Returns exit_failed.
    int complain(int id, std::string_view text);
    // The same for an error of pki: its kind tells the message, `otherwise` the rest.
    int complain(const Error& error, int otherwise);
    // Of write_new (console.h).
    int complain_of_writing(const Error& error);
    // The latest complaint as it stands in the document, to be put somewhere else in it.
    [[nodiscard]] pki::Facts take_error();

    // Prints it, once.
    void deliver();

private:
    void write_out(std::string_view text) const;

    std::string verb_, output_;
    bool json_, delivered_ = false;
    std::string text_{};
    std::unique_ptr<pki::Facts> facts_, error_;
    std::vector<std::string> notes_{}, openssl_{};
};

// id, message, cause and fix of a complaint.
[[nodiscard]] pki::Facts complaint_facts(int id, std::string_view text);

} // namespace signet::tools
