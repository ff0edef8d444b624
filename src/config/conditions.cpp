#include "config/conditions.h"

#include "base/text.h"
#include "config/known_directives.h"
#include "config/known_modules.h"
#include "config/version_test.h"

#include <algorithm>
#include <array>
#include <sys/stat.h>

namespace signet::config {
namespace {

constexpr std::array<std::string_view, 6> names = {"IfDefine",    "IfModule",  "IfVersion",
                                                   "IfDirective", "IfSection", "IfFile"};

std::string_view canonical(std::string_view name)
{
    const auto found =
        std::ranges::find_if(names, [&](auto known) { return iequals(known, name); });
    return found == names.end() ? name : *found;
}

// `<IfDirective Name>` asks for a plain directive, `<IfDirective <Name>` and `<IfSection Name>`
// for a section.
bool has_directive(std::string_view name, bool section, const ReaderOptions& options)
{
    if (name.starts_with('<') && !section) return has_directive(name.substr(1), true, options);
    const auto* known = find_known_directive(name);
    if (known && known->is_section != section) return false;
    return options.has_directive ? options.has_directive(name) : known != nullptr;
}

bool file_exists(const std::string& path, const std::string& server_root)
{
    struct stat status {};
    const std::string absolute = path.starts_with('/') ? path : server_root + "/" + path;
    return stat(absolute.c_str(), &status) == 0;
}

bool has_module(std::string_view name, const SectionContext& context)
{
    const auto& options = context.options;
    if (options.has_module && options.has_module(name)) return true;
    const std::string stem = module_stem(name);
    return context.loaded_modules.contains(stem) && options.must_read && options.must_read(stem);
}

bool ask(std::string_view name, const std::string& subject, const SectionContext& context)
{
    if (name == "IfDefine") return context.variables.is_defined(subject);
    if (name == "IfModule") return has_module(subject, context);
    if (name == "IfDirective") return has_directive(subject, false, context.options);
    if (name == "IfSection") return has_directive(subject, true, context.options);
    return file_exists(subject, context.server_root);
}

Result<SectionCondition> test_ifversion(std::string_view arguments, const SectionContext& context)
{
    std::vector<Argument> words;
    for (auto& word : split_arguments(arguments, 0))
        words.push_back({.text = std::move(word.text)});
    auto holds = test_version(words, context.options.version);
    if (!holds) return std::unexpected(holds.error());
    return SectionCondition{.holds = *holds};
}

} // namespace

bool is_conditional_section(std::string_view name)
{
    return std::ranges::any_of(names, [&](auto known) { return iequals(known, name); });
}

Result<SectionCondition> test_section(std::string_view name, std::string_view arguments,
                                      const SectionContext& context)
{
    name = canonical(name);
    if (name == "IfVersion") return test_ifversion(arguments, context);
    const size_t end = arguments.rfind('>');
    if (end == std::string_view::npos)
        return fail("<" + std::string(name) + "> directive missing closing '>'");
    std::string_view text = trim(arguments.substr(0, end));
    SectionCondition condition;
    if (text.starts_with('!')) {
        condition.is_negated = true;
        text.remove_prefix(1);
    }
    size_t offset = 0;
    condition.subject = take_word(text, offset).text;
    if (condition.subject.empty()) {
        return fail("<" + std::string(name) + "> directive requires additional arguments");
    }
    condition.holds = ask(name, condition.subject, context) != condition.is_negated;
    return condition;
}

} // namespace signet::config
