#include "server/words.h"

#include "base/text.h"
#include "server/configuration.h"

namespace signet::server {

bool Words::on() const
{
    return size() > 0 && iequals((*this)[0], "on");
}

std::string Words::path(std::string_view relative) const
{
    return configuration_->path(relative);
}

Result<config::Regex> Words::regex(std::string_view pattern, bool ignore_case) const
{
    auto options = configuration_->regex_options;
    options.ignore_case |= ignore_case;
    return config::Regex::compile(pattern, options);
}

Result<config::Expression> Words::condition(std::string_view text) const
{
    return located(config::Expression::compile_condition(text, config::ExpressionRules::full,
                                                         configuration_->regex_options),
                   text);
}

Result<config::Expression> Words::text_expression(std::string_view text) const
{
    return located(config::Expression::compile_string(text), text);
}

Result<config::Expression> Words::located(Result<config::Expression> compiled,
                                          std::string_view text) const
{
    if (!compiled) compiled.error().text = config::with_column(compiled.error().text, *node_, text);
    return compiled;
}

void Words::report(config::Finding finding) const
{
    finding.position = position();
    finding.line = name() + (raw().empty() ? "" : " " + raw());
    if (finding.opening == config::Opening::syntax_error
        && (iequals(name(), "LoadModule") || iequals(name(), "LoadFile"))) {
        finding.opening = config::Opening::reading; // Apache obeys these while it reads
    }
    diagnostics_->add(std::move(finding));
}

Words Words::opening_with(std::string opening) const
{
    Words part = *this;
    part.opening_ = std::move(opening);
    return part;
}

void Words::warn(int id, std::string message, std::string fix) const
{
    report({.severity = diagnosis::Severity::warn,
            .id = id,
            .message = std::move(message),
            .fix = std::move(fix)});
}

std::unexpected<Error> Words::refuse(int id, std::string message, std::string expected,
                                     std::string fix) const
{
    message.insert(0, opening_);
    report({.severity = diagnosis::Severity::error,
            .id = id,
            .message = message,
            .expected = std::move(expected),
            .fix = std::move(fix)});
    return fail(std::move(message));
}

} // namespace signet::server
