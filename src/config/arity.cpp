#include "config/arity.h"

#include "base/text.h"
#include "config/known_directives.h"

namespace signet::config {
namespace {

// Apache's words after the name of the directive.
std::string_view requirement(Takes takes)
{
    switch (takes) {
    case Takes::none: return " takes no arguments";
    case Takes::one: return " takes one argument";
    case Takes::two: return " takes two arguments";
    case Takes::three: return " takes three arguments";
    case Takes::one_or_two: return " takes 1-2 arguments";
    case Takes::one_or_three: return " takes one or three arguments";
    case Takes::two_or_three: return " takes two or three arguments";
    case Takes::one_to_three: return " takes one, two or three arguments";
    case Takes::iterate: return " requires at least one argument";
    case Takes::iterate_two: return " requires at least two arguments";
    case Takes::flag: return " must be On or Off";
    case Takes::raw: return "";
    }
    return "";
}

// Apache takes an empty word ("") for the end of the line wherever it needs a word.
bool fits(Takes takes, size_t words, const Node& node)
{
    const auto given = [&](size_t i) { return i < words && !node.words[i].text.empty(); };
    switch (takes) {
    case Takes::none: return words == 0;
    case Takes::one: return words == 1 && given(0);
    case Takes::two: return words == 2 && given(0) && given(1);
    case Takes::three: return words == 3 && given(0) && given(1) && given(2);
    case Takes::one_or_two: return words <= 2 && given(0);
    case Takes::one_or_three: return (words == 1 || words == 3) && given(0);
    case Takes::two_or_three: return words <= 3 && given(0) && given(1);
    case Takes::one_to_three: return words <= 3 && given(0);
    case Takes::iterate: return given(0);
    case Takes::iterate_two: return words >= 2 && given(0);
    case Takes::flag: // Apache looks at the first word and ignores the others
        return words >= 1
               && (iequals(node.words[0].text, "on") || iequals(node.words[0].text, "off"));
    case Takes::raw: return true;
    }
    return true;
}

// Containers read their own arguments in Apache and have words of their own for what is wrong.
std::optional<std::string> check_container(const Node& node, const KnownDirective& known)
{
    const std::string name = "<" + std::string(known.message_name) + ">";
    const size_t words = node.words.size();
    if (known.min_words > 0 && words == 0) return name + " directive requires additional arguments";
    if (known.max_words == 0 && words > 0) {
        return iequals(node.name, "Else") ? name + " does not take an argument"
                                          : name + " directive doesn't take additional arguments";
    }
    if (known.max_words == 1
        && words > (node.words.empty() || node.words[0].text != "~" ? 1U : 2U)) {
        return "Multiple " + name + " arguments not (yet) supported.";
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> check_arity(const Node& node, Takes takes, std::string_view help)
{
    const auto* known = find_known_directive(node.name);
    if (takes == Takes::raw && node.is_section && known && known->is_section) {
        return check_container(node, *known);
    }
    if (fits(takes, node.words.size(), node)) return std::nullopt;
    // Listen counts its words itself, before anything else looks at them.
    if (iequals(node.name, "Listen")) return "Listen requires 1 or 2 arguments.";
    std::string message(known ? known->message_name : std::string_view(node.name));
    if (node.is_section) message = "<" + message;
    message += requirement(takes);
    if (!help.empty() && takes != Takes::flag) message.append(", ").append(help);
    return message;
}

std::optional<std::string> check_context(const Node& node, uint8_t allowed, Allowed where,
                                         std::string_view section)
{
    if (allowed & where) return std::nullopt;
    const auto* known = find_known_directive(node.name);
    const std::string name(known ? known->message_name : std::string_view(node.name));
    const std::string open = node.is_section ? "<" : "";
    const std::string close = node.is_section ? ">" : "";
    // Inside of .htaccess only a section of that file has a name.
    if (where == in_directory || (where == in_htaccess && !section.empty()))
        return open + name + " not allowed in <" + std::string(section) + "> context";
    if (where == in_vhost) {
        if (allowed & in_server)
            return open + name + close + " cannot occur within <VirtualHost> section";
        return open + name + " not allowed in <VirtualHost> context";
    }
    return open + name + " not allowed here";
}

} // namespace signet::config
