// What a rule looks at, and how it says what it found.
#pragma once
#include "config/reader.h"
#include "diagnosis/catalogue.h"
#include "process/privileges.h"
#include "server/configuration.h"
#include "tools/tree.h"

#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tools::check {

// A safe change of a file: lines `first` to `last` (1-based) become `text`. last = first - 1
// inserts before `first`; an empty text removes the lines.
struct Edit {
    std::string file{};
    uint32_t first = 0, last = 0;
    std::string text{};
};

struct Finding {
    int id = 0; // catalogue entry: the cause is there
    diagnosis::Severity severity = diagnosis::Severity::warn;
    std::string file{};
    uint32_t line = 0, column = 0;
    std::string source{};   // the line it is about
    std::string evidence{}; // what was seen
    std::string cause{};    // in this case, or empty: the entry's
    std::string fix{};      // likewise
    std::vector<Edit> edits{};

    [[nodiscard]] std::string where() const; // "/etc/httpd.conf:14:3"
};

struct Options {
    time_t now = 0;        // the moment that is asked about
    bool is_later = false; // --at was given
    bool offline = false;  // no names are resolved
};

// Lives for one check. The configuration is null when the text has errors: rules that need more
// than the lines then say nothing.
class Inspection {
public:
    Inspection(const config::Reading& reading, const server::Configuration* configuration,
               const config::ReaderOptions& reader, const Options& options);

    [[nodiscard]] const std::vector<config::Node>& nodes() const { return reading_.tree.nodes; }
    [[nodiscard]] const config::Reading& reading() const { return reading_; }
    [[nodiscard]] const server::Configuration* configuration() const { return configuration_; }
    [[nodiscard]] const config::ReaderOptions& reader() const { return reader_; }
    [[nodiscard]] const Options& options() const { return options_; }
    // Who the workers will be, where that is known.
    [[nodiscard]] const std::optional<process::Identity>& worker() const { return worker_; }
    // A path of the configuration made absolute with ServerRoot.
    [[nodiscard]] std::string path(std::string_view relative) const;
    // Calls `visit` for every line with one of these names, wherever it stands.
    void each(std::initializer_list<std::string_view> names,
              const std::function<void(const config::Node&, Sections around)>& visit) const;

    // Reports under a catalogue id; severity and cause are the entry's.
    Finding& report(int id, const config::Node& node, std::string evidence);
    Finding& report(int id, const config::Position& position, std::string evidence);

    [[nodiscard]] std::vector<Finding>& findings() { return findings_; }

private:
    const config::Reading& reading_;
    const server::Configuration* configuration_;
    const config::ReaderOptions& reader_;
    Options options_;
    std::optional<process::Identity> worker_{};
    std::vector<Finding> findings_{};
};

// One thing that is looked for. To add one: an entry in diagnosis/check_entries.cpp, a function, a
// line in the table of its file.
struct Rule {
    int id;
    std::string_view title;
    void (*look)(Inspection& inspection);
};

[[nodiscard]] std::span<const Rule> address_rules(); // Listen, virtual hosts, names
[[nodiscard]] std::span<const Rule> access_rules();  // Require, Order, Basic, ProxyPass
[[nodiscard]] std::span<const Rule> tls_rules();     // versions, suites, HSTS, client certificates
[[nodiscard]] std::span<const Rule> file_rules();    // keys, folders, links, permissions
[[nodiscard]] std::span<const Rule> habit_rules();   // lines of former times, and slow ones

// The edit that replaces, removes or follows a node's lines; none where it stands in no file.
[[nodiscard]] std::vector<Edit> replace(const config::Node& node, const std::string& line);
[[nodiscard]] std::vector<Edit> remove(const config::Node& node);
[[nodiscard]] std::vector<Edit> insert_after(const config::Node& node, const std::string& line);
[[nodiscard]] std::vector<Edit> insert_before(const config::Node& node, const std::string& line);

} // namespace signet::tools::check
