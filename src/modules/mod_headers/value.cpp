#include "modules/mod_headers/value.h"

#include "base/clock.h"
#include "base/text.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"
#include "server/worker.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>

namespace signet::mod_headers {
namespace {

constexpr int failed_expression = 612;

// Per cent of the connections that MaxRequestWorkers admits which are open.
unsigned busy_percent(const server::Request& request)
{
    if (!request.worker || !request.configuration) return 0;
    const uint64_t limit = request.configuration->process.max_request_workers;
    const uint64_t most = limit > 0 ? limit : 400; // the event MPM's default
    return static_cast<unsigned>(std::min(uint64_t{request.worker->connections()}, most) * 100
                                 / most);
}

// \n, \r, \t and \\; before anything else a backslash is itself.
std::string unescape(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
        switch (next) {
        case 'n': out += '\n'; break;
        case 'r': out += '\r'; break;
        case 't': out += '\t'; break;
        case '\\': out += '\\'; break;
        default: out += text[i]; continue;
        }
        ++i;
    }
    return out;
}

} // namespace

Result<Value> Value::parse(std::string_view text, const server::Words& words)
{
    Value value;
    if (text.starts_with("expr=")) {
        auto expression = words.text_expression(text.substr(5));
        if (!expression) return fail("Can't parse value expression : " + expression.error().text);
        value.expression_ = std::make_shared<const config::Expression>(std::move(*expression));
        return value;
    }
    while (!text.empty()) {
        const size_t literal = std::min(text.find('%'), text.size());
        if (literal > 0) value.items_.push_back({Kind::literal, unescape(text.substr(0, literal))});
        text.remove_prefix(literal);
        if (text.empty()) break;
        auto item = parse_item(text);
        if (!item) return std::unexpected(item.error());
        value.items_.push_back(std::move(*item));
    }
    return value;
}

// `rest` starts with '%'; what was read is taken off.
Result<Value::Item> Value::parse_item(std::string_view& rest)
{
    rest.remove_prefix(1);
    // A single per cent sign at the end stands for itself.
    if (rest.empty()) return Item{Kind::literal, "%"};
    std::string name;
    if (rest.front() == '{') {
        const size_t end = rest.find('}');
        name = rest.substr(1, end == std::string_view::npos ? end : end - 1);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    if (rest.empty()) return fail("Unrecognized header format %");
    const char letter = rest.front();
    rest.remove_prefix(1);
    switch (letter) {
    case '%': return Item{Kind::literal, "%"};
    case 't': return Item{Kind::start_time, {}};
    case 'D': return Item{Kind::duration, {}};
    case 'l': return Item{Kind::load, {}};
    case 'i': return Item{Kind::idle, {}};
    case 'b': return Item{Kind::busy, {}};
    case 'e': return Item{Kind::environment, std::move(name)};
    case 's': return Item{Kind::tls_variable, std::move(name)};
    default: return fail(std::string("Unrecognized header format %") + letter);
    }
}

std::string Value::item_text(const Item& item, const server::Request& request)
{
    switch (item.kind) {
    case Kind::literal: return item.text;
    case Kind::start_time: return fmt::format("t={}", request.start_micros);
    case Kind::duration: return fmt::format("D={}", wall_micros() - request.start_micros);
    case Kind::load: {
        std::array<double, 3> load{};
        if (getloadavg(load.data(), 3) < 3) return "l=-1/-1/-1";
        return fmt::format("l={:.2f}/{:.2f}/{:.2f}", load[0], load[1], load[2]);
    }
    case Kind::idle: return fmt::format("i={}", 100 - busy_percent(request));
    case Kind::busy: return fmt::format("b={}", busy_percent(request));
    case Kind::environment: return std::string(request.env_or(item.text, "(null)"));
    case Kind::tls_variable: {
        auto value = request.variable(item.text);
        return value.empty() ? "(null)" : value;
    }
    }
    return {};
}

bool Value::is_literal() const
{
    return !expression_ && std::ranges::all_of(items_, [](const Item& item) {
        return item.kind == Kind::literal;
    });
}

std::string_view Value::text(server::Request& request) const
{
    if (expression_) {
        server::RequestExpression context(request, server::RequestExpression::Vary::untold);
        auto value = expression_->string(context);
        if (value) return request.arena.copy(*value);
        server::log_event(request,
                          {.module = "headers",
                           .apache_id = "AH02557",
                           .id = failed_expression,
                           .text = "Can't evaluate value expression: " + value.error().text});
        return {};
    }
    if (items_.empty()) return {};
    if (items_.size() == 1 && items_[0].kind == Kind::literal) return items_[0].text;
    std::string text;
    for (const auto& item : items_) text += item_text(item, request);
    return request.arena.copy(text);
}

} // namespace signet::mod_headers
