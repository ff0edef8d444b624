// RewriteCond: does it hold?
#include "base/text.h"
#include "modules/mod_rewrite/context.h"
#include "modules/mod_rewrite/trace.h"
#include "server/request_expression.h"
#include "server/response.h"
#include "server/subrequest.h"

#include <cstdlib>
#include <sys/stat.h>

namespace signet::mod_rewrite {
namespace {

bool tests_file(Test test, const std::string& path)
{
    struct stat facts {};
    const bool is_there = test == Test::is_link ? ::lstat(path.c_str(), &facts) == 0
                                                : ::stat(path.c_str(), &facts) == 0;
    if (!is_there) return false;
    switch (test) {
    case Test::is_file: return S_ISREG(facts.st_mode);
    case Test::has_size: return S_ISREG(facts.st_mode) && facts.st_size > 0;
    case Test::is_link: return S_ISLNK(facts.st_mode);
    case Test::is_directory: return S_ISDIR(facts.st_mode);
    default: return (facts.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
    }
}

bool url_answers(const std::string& url, Context& context)
{
    if (url.empty() || !may_look_ahead(context.request)) return false;
    const auto* found = server::lookup(context.request, context.join(url));
    const int status = found->response->status;
    trace(context.request, 5, "", "RewriteCond URI (-U check: path=", url,
          " -> status=", std::to_string(status));
    return status < 400;
}

bool file_answers(const std::string& file, Context& context)
{
    if (file.empty() || !may_look_ahead(context.request)) return false;
    const auto* found = server::lookup_file(context.request, context.join(file));
    const int status = found->response->status;
    trace(context.request, 5, "", "RewriteCond file (-F check: path=", file,
          " -> file=", found->filename, " status=", std::to_string(status));
    return status < 300 && found->file.type != server::FileInfo::Type::none;
}

int sign(int64_t difference)
{
    return difference < 0 ? -1 : difference > 0 ? 1 : 0;
}

// The longer text is the greater one, except with NC: so Apache compares.
int compare_texts(const std::string& a, const std::string& b, bool ignores_case)
{
    if (ignores_case) return sign(lowercase(a).compare(lowercase(b)));
    if (a.size() != b.size()) return a.size() > b.size() ? 1 : -1;
    return sign(a.compare(b));
}

int compare_numbers(const std::string& a, const std::string& b)
{
    const auto number = [](const std::string& text) {
        return static_cast<int>(std::strtol(text.c_str(), nullptr, 10)); // as C's atoi
    };
    return sign(int64_t{number(a)} - number(b));
}

bool compares(const Condition& condition, const std::string& input)
{
    const auto texts = [&] {
        return compare_texts(input, condition.pattern, condition.ignores_case);
    };
    const auto numbers = [&] { return compare_numbers(input, condition.pattern); };
    switch (condition.test) {
    case Test::text_less: return texts() < 0;
    case Test::text_less_or_equal: return texts() <= 0;
    case Test::text_equal: return texts() == 0;
    case Test::text_greater: return texts() > 0;
    case Test::text_greater_or_equal: return texts() >= 0;
    case Test::number_less: return numbers() < 0;
    case Test::number_less_or_equal: return numbers() <= 0;
    case Test::number_equal: return numbers() == 0;
    case Test::number_greater: return numbers() > 0;
    default: return numbers() >= 0;
    }
}

bool evaluates(const Condition& condition, Context& context)
{
    using server::RequestExpression;
    auto& request = context.request;
    RequestExpression ask(request, condition.tells_no_vary ? RequestExpression::Vary::untold
                                                           : RequestExpression::Vary::told);
    const auto result = condition.expression->test(ask);
    const auto& groups = ask.captures();
    if (!result) {
        trace(request, 1, context.directory, "RewriteCond: expr='", condition.written,
              "' evaluation failed: ", result.error().text);
        return false;
    }
    if (*result && !condition.negated) context.condition = groups;
    return *result;
}

bool matches(const Condition& condition, std::string_view input, Context& context)
{
    if (condition.negated) return condition.regex->matches(input);
    return condition.regex->match(input, context.condition);
}

bool test(const Condition& condition, const std::string& input, Context& context)
{
    switch (condition.test) {
    case Test::regex: return matches(condition, context.join(input), context);
    case Test::expression: return evaluates(condition, context);
    case Test::url_answers: return url_answers(input, context);
    case Test::file_answers: return file_answers(input, context);
    case Test::is_file:
    case Test::has_size:
    case Test::is_link:
    case Test::is_directory:
    case Test::is_executable: return tests_file(condition.test, input);
    default: return compares(condition, input);
    }
}

} // namespace

bool holds(const Condition& condition, Context& context)
{
    const bool is_expression = condition.test == Test::expression;
    const auto input = is_expression ? "(null)" : expand(condition.input, context);
    const bool result = test(condition, input, context) != condition.negated;
    trace(context.request, 4, context.directory, "RewriteCond: input='", input, "' pattern='",
          condition.written, "'", condition.ignores_case ? " [NC]" : "", " => ",
          result ? "matched" : "not-matched");
    return result;
}

} // namespace signet::mod_rewrite
