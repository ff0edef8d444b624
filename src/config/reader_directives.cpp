// What is obeyed while reading: Include, Define, UnDefine, ServerRoot, Error, and macros.
#include "config/file_reader.h"

#include "base/file.h"
#include "base/text.h"
#include "config/arity.h"
#include "config/include_paths.h"
#include "config/known_modules.h"
#include "config/reader_ids.h"

#include <algorithm>

namespace signet::config {
namespace {

} // namespace

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
    } else if (obey_macro_directive(source, node)) {
        return;
    } else if (!iequals(node.name, "ServerRoot") || set_server_root(node)) {
        if (iequals(node.name, "LoadModule") && !node.words.empty()) {
            reading.loaded_modules.insert(module_stem(node.words[0].text));
        }
        container(source).push_back(std::move(node));
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

// Use, UndefMacro, and two switches that Apache's manual does not name.
bool Reader::obey_macro_directive(Source& source, const Node& node)
{
    if (iequals(node.name, "Use")) {
        use_macro(source, node);
    } else if (iequals(node.name, "UndefMacro")) {
        if (!has_arity(node, "Remove a macro definition.")) return true;
        if (auto removed = macros_.undefine(node.words[0].text); !removed)
            report(Severity::error, id_macro, node.position, removed.error().text);
    } else if (iequals(node.name, "MacroIgnoreEmptyArgs")) {
        macros_.ignores_empty_arguments = true;
    } else if (iequals(node.name, "MacroIgnoreBadNesting")) {
        macros_.ignores_bad_nesting = true;
    } else {
        return false;
    }
    return true;
}

// The lines of the macro are read as if they stood here: sections may begin in them and end behind.
void Reader::use_macro(Source& source, const Node& node)
{
    auto expansion = macros_.use(node.words, node.position, expanding_);
    if (!expansion) {
        report(Severity::error, id_macro, node.position, expansion.error().text,
               "the name of a macro and a word for each of its parameters");
        return;
    }
    if (expanding_.size() >= max_macro_depth) {
        report(Severity::error, id_too_much, node.position,
               "More than " + std::to_string(max_macro_depth)
                   + " macros use each other: the rest is not read");
        stopped_ = true;
        return;
    }
    const SourceFile* user = source.file;
    const std::string_view line_of_use = current_line_;
    source.file =
        &reading.tree.files.emplace_back(expansion->name, user->includer, user->include_line);
    expanding_.push_back(expansion->macro);
    uint32_t number = 0;
    for (const auto& text : expansion->lines) {
        bytes_read_ += text.size();
        if (++macro_lines_ > max_macro_lines || bytes_read_ > max_bytes) {
            report(Severity::error, id_too_much, node.position,
                   "What macros stand for is too large: more than "
                       + std::to_string(max_macro_lines) + " lines, or 512 MiB");
            stopped_ = true;
            break;
        }
        ++number;
        LogicalLine line{.text = std::string(trim(text)), .line = number, .end_line = number};
        line.columns.add(0, number, 1);
        current_line_ = text;
        read_line(source, line);
        if (stopped_) break;
    }
    expanding_.pop_back();
    source.file = user;
    current_line_ = line_of_use;
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
            if (!text.starts_with(path)) text.insert(0, path + ": ");
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

} // namespace signet::config
