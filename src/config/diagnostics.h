// What is wrong or remarkable in a configuration: all of it, not only the first error.
#pragma once
#include "config/tree.h"
#include "diagnosis/catalogue.h"

#include <deque>
#include <string>
#include <vector>

namespace signet::config {

// What Apache prints before the message of an error, and what signet prints, too.
enum class Opening : uint8_t {
    syntax_error, // AH00526: Syntax error on line 14 of FILE:
    reading, // signet: Syntax error on line 14 of FILE: … (found before directives are obeyed)
    none,    // the message begins with what it needs
    check,   // none, and "AH00014: Configuration check failed" at the end
};

struct Finding {
    diagnosis::Severity severity = diagnosis::Severity::error;
    int id = 0; // catalogue entry
    Position position{};
    std::string message{};  // Apache's words where Apache has the message
    std::string line{};     // the configuration line, as written
    std::string expected{}; // what would have been right, or empty
    std::string fix{};      // a line to write instead, or "did you mean …", or empty
    Opening opening = Opening::syntax_error;
};

// An error's text that ends with the offset of the culprit in `text`, "… (at 3)", with the column
// in its place, "… (column 21)", where `text` is a word of the directive, its end, or all its
// arguments. Diagnostics::add puts the column into the position.
[[nodiscard]] std::string with_column(std::string_view error, const Node& directive,
                                      std::string_view text);

class Diagnostics {
public:
    void add(Finding finding);
    // Adds unless the same id was reported before with the same `key` ("accepted, no effect yet").
    void add_once(Finding finding, const std::string& key);

    // Takes over the files that positions point into, when their Tree goes first.
    void keep(std::deque<SourceFile> files) { files_.push_back(std::move(files)); }

    [[nodiscard]] bool has_errors() const { return errors_ > 0; }
    [[nodiscard]] size_t errors() const { return errors_; }
    [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }
    // The report as `signet -t` prints it, errors in Apache's layout first:
    //   AH00526: Syntax error on line 14 of /etc/httpd.conf:
    //   Invalid command 'DocmentRoot', perhaps misspelled or …
    //     SG0003  /etc/httpd.conf:14:1:  DocmentRoot "/www"
    //             fix:   DocumentRoot
    [[nodiscard]] std::string report() const;

private:
    std::vector<Finding> findings_;
    std::vector<std::deque<SourceFile>> files_;
    std::vector<std::pair<int, std::string>> once_;
    size_t errors_ = 0;
};

} // namespace signet::config
