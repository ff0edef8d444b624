// The state of one reading: the files it walks through, the sections it has open, the variables and
// macros it knows. Internal to reader*.cpp.
#pragma once
#include "config/macros.h"
#include "config/reader.h"
#include "config/variables.h"

#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

// What is too much is refused, so that no configuration can exhaust memory or the stack.
inline constexpr unsigned max_include_depth = 100; // Apache's AP_MAX_INCLUDE_DEPTH
inline constexpr size_t max_nesting = 200;     // open sections; the tree is destroyed recursively
inline constexpr size_t max_macro_depth = 200; // Uses inside of what Use expands
inline constexpr size_t max_macro_lines = 1'000'000; // of all expansions
inline constexpr size_t max_files = 100'000;
inline constexpr size_t max_bytes = size_t{512} << 20;

// A section that is open where we read: one of the tree, or one that is decided while reading.
struct Frame {
    enum class Kind : uint8_t {
        section,
        taken,   // an If* that holds: its content belongs to what is around it
        skipped, // an If* that does not hold, or anything inside of it
    };
    Kind kind;
    Node node; // name and position; for sections also the content
};

class Reader {
public:
    Reader(const ReaderOptions& options, Diagnostics& diagnostics, bool is_htaccess)
        : options_(options)
        , diagnostics_(diagnostics)
        , is_htaccess_(is_htaccess)
        , variables_(options.defines, options.variables)
        , macros_([this](Finding finding) { add(std::move(finding)); })
    {
        reading.server_root = options.server_root;
        reading.loaded_modules = options.loaded_modules;
    }

    Result<void> read_file(const std::string& path, std::vector<Node>& out);
    void read_bytes(std::string_view bytes, const std::string& name, std::vector<Node>& out);
    Reading finish()
    {
        reading.variables = variables_.values();
        reading.defines = variables_.defines();
        return std::move(reading);
    }

    Reading reading;

private:
    using Severity = diagnosis::Severity;

    // One file, or one text of the command line, with the sections it has open.
    struct Source {
        const SourceFile* file; // while a macro is expanded: the expansion
        std::vector<Node>& out;
        std::vector<Frame> frames{};
        bool said_nul = false;
    };

    void read_line(Source& source, LogicalLine& line);
    void read_skipped(Source& source, const LogicalLine& line);
    void read_directive(Source& source, Node node);
    void open_section(Source& source, Node node, std::string_view arguments, size_t offset,
                      const LogicalLine& line);
    void open_condition(Source& source, Node node, std::string_view arguments,
                        const LogicalLine& line);
    void close_section(Source& source, std::string_view tag, bool has_more,
                       const Position& position);
    void close_all(Source& source);
    void pop(Source& source);
    void fill_words(Node& node, std::string_view text, size_t offset, const LogicalLine& line);

    void include(Source& source, const Node& node, bool optional);
    void define(const Node& node);
    void undefine(const Node& node);
    bool set_server_root(const Node& node);
    void refuse_with_message(const Node& node);
    [[nodiscard]] bool obey_macro_directive(Source& source, const Node& node);
    void use_macro(Source& source, const Node& node);
    [[nodiscard]] bool has_arity(const Node& node, std::string_view help);
    [[nodiscard]] std::string absolute(const std::string& path) const;

    [[nodiscard]] static std::vector<Node>& container(Source& source);
    void report(Severity severity, int id, const Position& position, std::string message,
                std::string expected = {}, std::string fix = {});
    void add(Finding finding);

    const ReaderOptions& options_;
    Diagnostics& diagnostics_;
    bool is_htaccess_;
    Variables variables_;
    Macros macros_;
    std::vector<std::string> expanding_; // the macros in whose lines we are, outermost first
    std::string_view current_line_;      // as written, for findings
    unsigned include_depth_ = 0;
    const SourceFile* includer_ = nullptr; // of the Include that is obeyed
    uint32_t include_line_ = 0;
    size_t bytes_read_ = 0;
    size_t macro_lines_ = 0;
    bool stopped_ = false; // a limit was exceeded: nothing more is read
};

} // namespace signet::config
