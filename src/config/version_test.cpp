#include "config/version_test.h"

#include "base/text.h"
#include "config/regex.h"

#include <array>
#include <compare>
#include <optional>

namespace signet::config {
namespace {

using Version = std::array<unsigned, 3>;

// major[.minor[.patch]]; what is missing is 0, so 2.4 is not 2.4.71.
std::optional<Version> parse_version(std::string_view text)
{
    Version version{};
    for (size_t part = 0; part < version.size(); ++part) {
        const size_t dot = text.find('.');
        const auto number = parse_number<unsigned>(text.substr(0, dot));
        if (!number) return std::nullopt;
        version[part] = *number;
        if (dot == std::string_view::npos) return version;
        text.remove_prefix(dot + 1);
    }
    return std::nullopt; // a fourth part
}

Result<bool> test_regex(std::string_view pattern, const std::string& version)
{
    const auto regex = Regex::compile(pattern);
    if (!regex) return fail("Unable to compile regular expression");
    return regex->matches(version);
}

Result<bool> test(std::string_view comparison, std::string_view operand, const std::string& version)
{
    if (comparison == "~") return test_regex(operand, version);
    if ((comparison == "=" || comparison == "==") && operand.starts_with('/')) {
        if (operand.size() < 2 || !operand.ends_with('/')) {
            return fail("Missing delimiting / of regular expression.");
        }
        return test_regex(operand.substr(1, operand.size() - 2), version);
    }
    const auto wanted = parse_version(operand);
    const auto ours = parse_version(version);
    if (!wanted || !ours) {
        return fail("Version appears to be invalid. It must have the format major[.minor[.patch]] "
                    "where major, minor and patch are numbers.");
    }
    const auto order = *ours <=> *wanted;
    if (comparison == "=" || comparison == "==") return order == 0;
    if (comparison == "<") return order < 0;
    if (comparison == "<=") return order <= 0;
    if (comparison == ">") return order > 0;
    return order >= 0;
}

} // namespace

Result<bool> test_version(const std::vector<Argument>& words, const std::string& version)
{
    std::string comparison = words.empty() ? std::string() : words[0].text;
    std::string operand = words.size() > 1 ? words[1].text : std::string();
    std::string& last = words.size() > 1 ? operand : comparison;
    if (!last.ends_with('>')) return fail("<IfVersion> directive missing closing '>'");
    last.pop_back();
    if (operand.empty()) {
        operand = comparison;
        comparison = "=";
    }
    const bool reverse = comparison.starts_with('!');
    const std::string bare = comparison.substr(reverse ? 1 : 0);
    for (const std::string_view known : {"=", "==", "<", "<=", ">", ">=", "~"}) {
        if (bare != known) continue;
        auto result = test(bare, operand, version);
        if (result && reverse) *result = !*result;
        return result;
    }
    return fail("unrecognized operator '" + comparison + "'");
}

} // namespace signet::config
