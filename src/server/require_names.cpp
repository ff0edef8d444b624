#include "server/require_names.h"

#include "base/text.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"

namespace signet::server {
namespace {

constexpr int bad_expression = 774;

// Words may stand in quotes, with backslashes in them; they were made one text to be an expression.
std::vector<std::string> unquoted_words(std::string_view text)
{
    std::vector<std::string> words;
    while (true) {
        text = trim(text);
        if (text.empty()) return words;
        std::string word;
        const char quote = text[0] == '"' || text[0] == '\'' ? text[0] : '\0';
        size_t at = quote ? 1 : 0;
        for (; at < text.size(); ++at) {
            if (quote ? text[at] == quote : is_space(text[at])) break;
            const bool is_escape = quote && text[at] == '\\' && at + 1 < text.size()
                                   && (text[at + 1] == quote || text[at + 1] == '\\');
            if (is_escape) ++at;
            word += text[at];
        }
        text.remove_prefix(std::min(at + 1, text.size()));
        words.push_back(std::move(word));
    }
}

// As written behind the provider's name; in an alias the words were taken apart already.
std::string written(std::span<const std::string> arguments, const Words& words)
{
    std::string text;
    for (const auto& argument : arguments) {
        const bool needs_quotes =
            argument.empty() || argument.find_first_of(" \t'") != argument.npos;
        text.append(text.empty() ? "" : " ");
        if (needs_quotes && iequals(words.name(), "Require")) {
            text.append("\"").append(argument).append("\"");
        } else {
            text += argument;
        }
    }
    return text;
}

} // namespace

Result<RequireNames> RequireNames::parse(std::span<const std::string> arguments, const Words& words)
{
    auto expression = config::Expression::compile_string(written(arguments, words));
    if (!expression) {
        return words.refuse(bad_expression,
                            "Cannot parse expression in require line: " + expression.error().text,
                            "names, or a text with %{…} in it");
    }
    return RequireNames(std::move(*expression));
}

std::optional<std::vector<std::string>> RequireNames::evaluate(Request& request,
                                                               std::string_view module,
                                                               std::string_view apache_id,
                                                               std::string_view what) const
{
    RequestExpression context(request, RequestExpression::Vary::untold);
    const auto text = expression_.string(context);
    if (text) return unquoted_words(*text);
    log_event(request, {.module = module,
                        .apache_id = apache_id,
                        .id = bad_expression,
                        .text = request.arena.join(
                            what, ": Can't evaluate require expression: ", text.error().text)});
    return std::nullopt;
}

} // namespace signet::server
