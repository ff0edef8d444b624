#include "config/reader.h"

#include "base/file.h"
#include "base/text.h"
#include "config/arity.h"
#include "config/conditions.h"
#include "config/include_paths.h"
#include "config/known_modules.h"
#include "config/line_checks.h"
#include "config/reader_ids.h"
#include "config/variables.h"

#include <algorithm>
#include <ranges>
#include <sys/stat.h>

namespace signet::config {
namespace {

using diagnosis::Severity;

constexpr unsigned max_include_depth = 100; // Apache's AP_MAX_INCLUDE_DEPTH
constexpr size_t max_nesting = 200; // sections in sections; the tree is destroyed recursively
constexpr size_t max_files = 100'000;
constexpr size_t max_bytes = size_t{512} << 20;
constexpr size_t max_quoted_line = 1000; // of a line in a finding

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

// What Apache itself only finds when it obeys the line, and opens its message accordingly.
bool is_found_later(int id)
{
    return id == id_error_directive || id == id_no_bracket || id == id_space_after_bracket
           || id == id_swallowed_defect || id == id_lost_lines;
}

bool is_directory(const std::string& path)
{
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

class Reader {
public:
    Reader(const ReaderOptions& options, Diagnostics& diagnostics, bool is_htaccess)
        : options_(options)
        , diagnostics_(diagnostics)
        , is_htaccess_(is_htaccess)
        , variables_(options.defines, options.variables)
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
    // One file, or one text of the command line, with the sections it has open.
    struct Source {
        const SourceFile* file;
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
    std::string_view current_line_; // as written, for findings
    unsigned include_depth_ = 0;
    const SourceFile* includer_ = nullptr; // of the Include that is obeyed
    uint32_t include_line_ = 0;
    size_t bytes_read_ = 0;
    bool stopped_ = false; // a limit was exceeded: nothing more is read
};

void Reader::add(Finding finding)
{
    if (finding.line.empty()) finding.line = current_line_.substr(0, max_quoted_line);
    finding.opening = is_found_later(finding.id) ? Opening::syntax_error : Opening::reading;
    diagnostics_.add(std::move(finding));
}

void Reader::report(Severity severity, int id, const Position& position, std::string message,
                    std::string expected, std::string fix)
{
    add({.severity = severity,
         .id = id,
         .position = position,
         .message = std::move(message),
         .expected = std::move(expected),
         .fix = std::move(fix)});
}

// The innermost list of nodes that a directive read now belongs to.
std::vector<Node>& Reader::container(Source& source)
{
    for (auto& frame : std::views::reverse(source.frames)) {
        if (frame.kind == Frame::Kind::section) return frame.node.children;
    }
    return source.out;
}

Result<void> Reader::read_file(const std::string& path, std::vector<Node>& out)
{
    std::string bytes;
    // What is not a regular file could block or never end; /dev/null is the usual way to say "no
    // file".
    if (path != "/dev/null") {
        struct stat status {};
        if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
            return fail(path + ": not a regular file");
        }
        auto read = signet::read_file(path);
        if (!read) return std::unexpected(read.error());
        bytes = std::move(*read);
    }
    reading.files.push_back(path);
    reading.included.push_back({path, include_line_, include_depth_});
    bytes_read_ += bytes.size();
    if (bytes_read_ > max_bytes || reading.files.size() > max_files) {
        stopped_ = true;
        return fail("the configuration is too large: more than 512 MiB or 100000 files");
    }
    read_bytes(bytes, path, out);
    return {};
}

void Reader::read_bytes(std::string_view bytes, const std::string& name, std::vector<Node>& out)
{
    Source source{.file = &reading.tree.files.emplace_back(name, includer_, include_line_),
                  .out = out};
    if (bytes.starts_with("\xef\xbb\xbf")) {
        bytes.remove_prefix(3);
        report(Severity::notice, id_byte_order_mark, {source.file, 1, 1},
               "The file begins with a UTF-8 byte order mark, which is skipped");
    }
    LineReader lines(bytes);
    while (!stopped_) {
        auto line = lines.next();
        if (!line) break;
        const std::string as_written = line->text.substr(0, max_quoted_line);
        current_line_ = as_written;
        read_line(source, *line);
        current_line_ = {};
    }
    close_all(source);
}

void Reader::read_line(Source& source, LogicalLine& line)
{
    const Position start{source.file, line.line, line.columns.column(0), line.end_line};
    if (line.too_long) {
        report(Severity::error, id_line_too_long, start,
               "Error reading " + source.file->path + " at line " + std::to_string(line.end_line)
                   + ": Line too long");
        return;
    }
    if (line.has_nul && !source.said_nul) {
        source.said_nul = true;
        report(Severity::error, id_nul_byte, start,
               "The file contains a NUL byte: it is not a text file");
    }
    if (line.text.empty()) return;
    const Reporter reporter = [this](Finding finding) { add(std::move(finding)); };
    const LineContext context{source.file, line, reporter, options_.has_module};
    const bool skipping =
        !source.frames.empty() && source.frames.back().kind == Frame::Kind::skipped;
    if (line.text.front() == '#') {
        if (!skipping) check_comment(context);
        return;
    }
    if (skipping) {
        read_skipped(source, line);
        return;
    }
    check_joined(context);

    std::vector<std::string> unknown;
    const bool fits = variables_.expand(line, unknown);
    for (const auto& name : unknown) {
        report(Severity::warn, id_variable_undefined, start,
               "Config variable ${" + name + "} is not defined");
    }
    if (!fits) {
        report(Severity::error, id_line_too_long, start,
               "Line too long once its variables are replaced");
        return;
    }

    size_t offset = 0;
    SplitWord first = take_word(line.text, offset);
    if (first.text.empty()) return; // Apache ignores a line that begins with ""
    if (first.text.starts_with("</")) {
        close_section(source, first.text, offset < line.text.size(), start);
        return;
    }
    const bool is_section = first.text.front() == '<';
    if (first.text.ends_with('>')) first.text.pop_back();
    std::string_view arguments = std::string_view(line.text).substr(offset);
    Node node{.name = first.text, .position = start};
    if (is_section) {
        node.name = first.text.empty() ? std::string() : first.text.substr(1);
        node.is_section = true;
        open_section(source, std::move(node), arguments, offset, line);
        return;
    }
    node.arguments = arguments;
    fill_words(node, line.text, offset, line);
    read_directive(source, std::move(node));
}

void Reader::fill_words(Node& node, std::string_view text, size_t offset, const LogicalLine& line)
{
    for (auto& word : split_arguments(text, offset)) {
        if (word.unterminated) {
            Position position = node.position;
            position.line = line.columns.line(word.offset);
            position.column = line.columns.column(word.offset);
            report(Severity::warn, id_quote_not_closed, position,
                   "The quote that begins here is never closed");
        }
        node.words.push_back({.text = std::move(word.text),
                              .column = line.columns.column(word.offset),
                              .quoted = word.quoted});
    }
}

void Reader::read_directive(Source& source, Node node)
{
    if (iequals(node.name, "Error")) {
        refuse_with_message(node);
        return;
    }
    if (is_htaccess_) {
        container(source).push_back(std::move(node));
        return;
    }
    if (iequals(node.name, "Include") || iequals(node.name, "IncludeOptional")) {
        include(source, node, iequals(node.name, "IncludeOptional"));
    } else if (iequals(node.name, "Define")) {
        define(node);
    } else if (iequals(node.name, "UnDefine")) {
        undefine(node);
    } else if (iequals(node.name, "Use") || iequals(node.name, "UndefMacro")) {
        report(Severity::error, id_macro, node.position, node.name + " is not supported yet",
               "the lines of the macro, written out here");
    } else if (!iequals(node.name, "ServerRoot") || set_server_root(node)) {
        if (iequals(node.name, "LoadModule") && !node.words.empty()) {
            reading.loaded_modules.insert(module_stem(node.words[0].text));
        }
        container(source).push_back(std::move(node));
    }
}

void Reader::open_section(Source& source, Node node, std::string_view arguments, size_t offset,
                          const LogicalLine& line)
{
    if (source.frames.size() >= max_nesting) {
        report(Severity::error, id_nesting_depth, node.position,
               "More than " + std::to_string(max_nesting)
                   + " sections are open: the rest is not read");
        stopped_ = true;
        return;
    }
    if (node.name.empty()) {
        // "< Directory /x>": Apache opens a section without a name, which nothing can close.
        const SplitWord next = take_word(line.text, offset);
        report(Severity::error, id_space_after_bracket, node.position,
               "Invalid command '<', perhaps misspelled or defined by a module not included in the "
               "server configuration",
               "the name of a section right after <", "<" + next.text + " …");
        if (!find_known_directive(next.text)) return;
        node.name = next.text;
        arguments = std::string_view(line.text).substr(offset);
    }
    // Like Apache: a tag that ends with its name has the bracket for its argument.
    if (arguments.empty()) arguments = ">";
    if (is_conditional_section(node.name)) {
        open_condition(source, std::move(node), arguments, line);
        return;
    }
    const size_t end = arguments.rfind('>');
    if (end == std::string_view::npos) {
        report(Severity::error, id_no_bracket, node.position,
               "<" + node.name + "> directive missing closing '>'",
               "the section's arguments and then >",
               "<" + node.name + " " + std::string(arguments) + ">");
    } else if (!trim(arguments.substr(end + 1)).empty()) {
        report(Severity::warn, id_text_after_bracket, node.position,
               "Text after the > of <" + node.name + "> is ignored", "a line break after >");
    }
    const std::string_view inside = trim(arguments.substr(0, end));
    node.arguments = inside;
    if (!inside.empty()) {
        const size_t stop = static_cast<size_t>(inside.data() - line.text.data()) + inside.size();
        fill_words(node, std::string_view(line.text).substr(0, stop), offset, line);
    }
    const bool is_macro = iequals(node.name, "Macro") && !is_htaccess_;
    if (is_macro) {
        report(Severity::error, id_macro, node.position, "<Macro> is not supported yet",
               "the lines of the macro at each place that says Use");
    }
    source.frames.push_back(
        {is_macro ? Frame::Kind::skipped : Frame::Kind::section, std::move(node)});
}

void Reader::open_condition(Source& source, Node node, std::string_view arguments,
                            const LogicalLine& line)
{
    const auto condition = test_section(
        node.name, arguments, {options_, variables_, reading.server_root, reading.loaded_modules});
    if (!condition) {
        report(Severity::error, id_bad_condition, node.position, condition.error().text);
    } else if (iequals(node.name, "IfModule")) {
        const Reporter reporter = [this](Finding finding) { add(std::move(finding)); };
        check_module_name(condition->subject, condition->is_negated, node.position,
                          {source.file, line, reporter, options_.has_module});
    }
    const bool holds = condition && condition->holds;
    source.frames.push_back({holds ? Frame::Kind::taken : Frame::Kind::skipped, std::move(node)});
}

// Inside of what is not used only the sections are followed, so that their ends are told apart.
void Reader::read_skipped(Source& source, const LogicalLine& line)
{
    if (line.text.front() != '<') return;
    size_t offset = 0;
    const SplitWord first = take_word(line.text, offset);
    const Position start{source.file, line.line, line.columns.column(0), line.end_line};
    if (first.text.starts_with("</")) {
        close_section(source, first.text, offset < line.text.size(), start);
        return;
    }
    if (source.frames.size() >= max_nesting) {
        report(Severity::error, id_nesting_depth, start,
               "Too many sections are open: the rest is not read");
        stopped_ = true;
        return;
    }
    std::string name = first.text.substr(1);
    if (name.ends_with('>')) name.pop_back();
    source.frames.push_back(
        {Frame::Kind::skipped, Node{.name = std::move(name), .position = start}});
}

void Reader::pop(Source& source)
{
    Frame frame = std::move(source.frames.back());
    source.frames.pop_back();
    if (frame.kind == Frame::Kind::section) container(source).push_back(std::move(frame.node));
}

void Reader::close_section(Source& source, std::string_view tag, bool has_more,
                           const Position& position)
{
    const std::string_view name =
        tag.substr(2, tag.ends_with('>') ? tag.size() - 3 : tag.size() - 2);
    auto& frames = source.frames;
    if (frames.empty()) {
        std::string message(tag);
        message.append(" without matching <").append(tag.substr(2)).append(" section");
        report(Severity::error, id_close_without_open, position, std::move(message));
        return;
    }
    const Frame& innermost = frames.back();
    if (!tag.ends_with('>') && innermost.kind != Frame::Kind::skipped) {
        report(Severity::error, id_missing_bracket, position,
               std::string(tag) + "> directive missing closing '>'", "", std::string(tag) + ">");
    }
    // Apache knows the end of an If* that holds only when it stands alone on its line.
    const bool is_taken = innermost.kind == Frame::Kind::taken;
    if (iequals(innermost.node.name, name) && !(is_taken && has_more)) {
        pop(source);
        return;
    }
    std::string opened_at = innermost.node.position.text();
    if (is_taken) {
        // A section may not end inside an If* in which it did not begin.
        report(Severity::error, id_close_without_open, position,
               std::string(tag) + " without matching <" + std::string(tag.substr(2)) + " section",
               "</" + innermost.node.name + "> first (opened at " + opened_at + ")");
    } else {
        std::string bare = "</" + std::string(name);
        report(Severity::error, id_other_close_expected, position,
               "Expected </" + innermost.node.name + "> but saw " + bare + ">",
               "the end of <" + innermost.node.name + ">, opened at " + opened_at);
    }
    // Goes on as if the sections in between had been closed, so that one mistake gives one error.
    const auto matching =
        std::ranges::find_if(std::views::reverse(frames),
                             [&](const Frame& frame) { return iequals(frame.node.name, name); });
    if (matching == std::views::reverse(frames).end()) return;
    const auto keep =
        static_cast<size_t>(std::distance(matching, std::views::reverse(frames).end())) - 1;
    while (frames.size() > keep) pop(source);
}

void Reader::close_all(Source& source)
{
    while (!source.frames.empty()) {
        const Node& node = source.frames.back().node;
        const Frame::Kind kind = source.frames.back().kind;
        Position position = node.position;
        position.end_line = 0;
        const std::string tag =
            "<" + node.name + (node.arguments.empty() ? "" : " ") + node.arguments + ">";
        current_line_ = tag;
        if (stopped_) {
            // The end was not looked for.
        } else if (kind == Frame::Kind::section) {
            report(Severity::error, id_not_closed, position,
                   position.file->path + ":" + std::to_string(position.line) + ": <" + node.name
                       + "> was not closed.",
                   "</" + node.name + "> in the same file");
        } else if (kind == Frame::Kind::taken) {
            report(Severity::warn, id_condition_not_closed, position,
                   "<" + node.name + "> was not closed");
        } else if (source.frames.size() < 2
                   || source.frames[source.frames.size() - 2].kind != Frame::Kind::skipped) {
            report(Severity::error, id_not_closed, position,
                   "Expected </" + node.name + "> before end of configuration");
        }
        current_line_ = {};
        pop(source);
    }
}

bool Reader::has_arity(const Node& node, std::string_view help)
{
    const auto* known = find_known_directive(node.name);
    auto message = check_arity(node, known ? known->takes : Takes::raw, help);
    if (message)
        report(Severity::error, id_wrong_arity, node.position, std::move(*message),
               std::string(help));
    return !message;
}

std::string Reader::absolute(const std::string& path) const
{
    if (path.starts_with('/')) return path;
    return reading.server_root + (reading.server_root.ends_with('/') ? "" : "/") + path;
}

void Reader::include(Source& source, const Node& node, bool optional)
{
    if (!has_arity(node, "a file, a directory or a pattern with wildcards")) return;
    auto paths = find_included(absolute(node.words[0].text), optional);
    if (!paths) {
        report(Severity::error, id_include_failed, node.position, paths.error().text,
               "a file or pattern that exists, relative to ServerRoot " + reading.server_root,
               "IncludeOptional " + node.words[0].text + "   (if it may be missing)");
        return;
    }
    if (include_depth_ >= max_include_depth) {
        report(Severity::error, id_include_depth, node.position,
               "Exceeded maximum include depth of " + std::to_string(max_include_depth)
                   + ", There appears to be a recursion.");
        stopped_ = true;
        return;
    }
    ++include_depth_;
    const std::string_view line = current_line_;
    for (const auto& path : *paths) {
        if (stopped_) break;
        includer_ = source.file;
        include_line_ = node.position.line;
        auto read = read_file(path, container(source));
        includer_ = nullptr;
        include_line_ = 0;
        current_line_ = line;
        if (!read) {
            std::string text = read.error().text;
            if (!text.starts_with(path)) text = path + ": " + text;
            report(Severity::error, id_include_failed, node.position,
                   "Could not open configuration file " + text, "a file that signet may read");
        }
    }
    --include_depth_;
}

void Reader::define(const Node& node)
{
    if (!has_arity(node, "a name and, if it stands for something, a value")) return;
    const std::string& name = node.words[0].text;
    if (name.find(':') != std::string::npos) {
        report(Severity::error, id_bad_define, node.position, "Variable name must not contain ':'");
    } else if (node.words.size() == 2 && !node.words[1].text.empty()) { // "" is no value in Apache
        variables_.define(name, node.words[1].text);
    } else {
        variables_.define(name);
    }
}

void Reader::undefine(const Node& node)
{
    if (!has_arity(node, "a name that was Defined")) return;
    const std::string& name = node.words[0].text;
    if (name.find(':') != std::string::npos) {
        report(Severity::error, id_bad_define, node.position, "Variable name must not contain ':'");
    } else {
        variables_.undefine(name);
    }
}

bool Reader::set_server_root(const Node& node)
{
    if (!has_arity(node, "the directory that relative paths start from")) return false;
    std::string path = absolute(node.words[0].text);
    if (!is_directory(path)) {
        report(Severity::error, id_bad_server_root, node.position,
               "ServerRoot must be a valid directory", "a directory that exists",
               path + " does not exist or is not a directory");
        return false;
    }
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    reading.server_root = std::move(path);
    return true;
}

void Reader::refuse_with_message(const Node& node)
{
    std::string_view text = node.arguments;
    const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'')
                        && text.front() == text.back();
    if (quoted) text = text.substr(1, text.size() - 2);
    report(Severity::error, id_error_directive, node.position,
           text.empty() ? std::string("The Error directive was used with no message.")
                        : std::string(text));
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const auto& line : lines) text += line + '\n';
    return text;
}

} // namespace

Result<Reading> read_configuration(const std::string& path, const ReaderOptions& options,
                                   Diagnostics& diagnostics)
{
    Reader reader(options, diagnostics, false);
    auto& nodes = reader.reading.tree.nodes;
    if (!options.before.empty())
        reader.read_bytes(joined(options.before), command_line_source, nodes);
    if (auto read = reader.read_file(path, nodes); !read) return std::unexpected(read.error());
    if (!options.after.empty())
        reader.read_bytes(joined(options.after), command_line_source, nodes);
    return reader.finish();
}

Tree read_text(std::string_view text, const std::string& name, const ReaderOptions& options,
               Diagnostics& diagnostics)
{
    Reader reader(options, diagnostics, true);
    reader.read_bytes(text, name, reader.reading.tree.nodes);
    return std::move(reader.reading.tree);
}

} // namespace signet::config
