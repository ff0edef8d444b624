#include "config/reader.h"

#include "base/file.h"
#include "base/text.h"
#include "config/file_reader.h"
#include "config/line_checks.h"
#include "config/reader_ids.h"

#include <ranges>
#include <sys/stat.h>

namespace signet::config {
namespace {

constexpr size_t max_quoted_line = 1000; // of a line in a finding

// What Apache itself only finds when it obeys the line, and opens its message accordingly.
bool is_found_later(int id)
{
    return id == id_error_directive || id == id_no_bracket || id == id_space_after_bracket
           || id == id_swallowed_defect || id == id_lost_lines;
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const auto& line : lines) text += line + '\n';
    return text;
}

} // namespace

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
    if (macros_.is_defining()) {
        macros_.add(line, *source.file);
        return;
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
        if (iequals(node.name, "Macro") && !is_htaccess_) {
            if (arguments.empty()) arguments = ">";
            if (auto begun = macros_.begin(arguments, start); !begun)
                report(Severity::error, id_macro, start, begun.error().text);
            return;
        }
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

Result<Reading> read_configuration(const std::string& path, const ReaderOptions& options,
                                   Diagnostics& diagnostics)
{
    Reader reader(options, diagnostics, false);
    auto& nodes = reader.reading.tree.nodes;
    if (!options.before.empty()) reader.read_bytes(joined(options.before), "-C", nodes);
    if (auto read = reader.read_file(path, nodes); !read) return std::unexpected(read.error());
    if (!options.after.empty()) reader.read_bytes(joined(options.after), "-c", nodes);
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
