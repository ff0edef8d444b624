#include "config/expression_parser.h"

#include "base/text.h"

#include <utility>

namespace signet::config {
namespace {

// Parentheses and calls inside each other. The parser recurses, perhaps on a fiber's small stack.
constexpr int deepest_nesting = 100;

std::string at_offset(std::string text, size_t at)
{
    return std::move(text) + " (at " + std::to_string(at) + ")";
}

Condition constant(bool value)
{
    return {.negated = false, .what = Constant{value}};
}

const Constant* as_constant(const Condition& condition)
{
    return std::get_if<Constant>(&condition.what);
}

Condition negate(Condition condition)
{
    if (const auto* known = as_constant(condition)) return constant(!known->value);
    condition.negated = !condition.negated;
    return condition;
}

// Drops what cannot matter: `neutral` is true for and, false for or.
template <class Group> Condition group(std::vector<Condition> parts, bool neutral)
{
    std::vector<Condition> kept;
    for (auto& part : parts) {
        const auto* known = as_constant(part);
        if (!known) {
            kept.push_back(std::move(part));
        } else if (known->value != neutral) {
            kept.push_back(constant(!neutral)); // decides; what follows is never reached
            break;
        }
    }
    if (kept.empty()) return constant(neutral);
    if (kept.size() == 1) return std::move(kept.front());
    return {.negated = false, .what = Group{std::move(kept)}};
}

Word literal(std::string text)
{
    return {.kind = Word::Kind::text, .text = std::move(text)};
}

// Appends, joining neighbouring literals.
void append(std::vector<Word>& parts, Word part)
{
    if (part.kind == Word::Kind::join) {
        for (auto& inner : part.parts) append(parts, std::move(inner));
    } else if (part.is_constant() && !parts.empty() && parts.back().is_constant()) {
        parts.back().text += part.text;
    } else if (!part.is_constant() || !part.text.empty()) {
        parts.push_back(std::move(part));
    }
}

Word join(std::vector<Word> parts)
{
    if (parts.empty()) return literal({});
    if (parts.size() == 1) return std::move(parts.front());
    return {.kind = Word::Kind::join, .parts = std::move(parts)};
}

Comparison::Order order_of(TokenKind kind)
{
    const auto first = kind >= TokenKind::equal ? TokenKind::equal : TokenKind::text_equal;
    return static_cast<Comparison::Order>(std::to_underlying(kind) - std::to_underlying(first));
}

} // namespace

void ExpressionParser::unexpected(std::string_view found, size_t at, std::string_view expecting)
{
    if (failed()) return;
    std::string text = "syntax error, unexpected " + std::string(found);
    if (!expecting.empty()) text += ", expecting " + std::string(expecting);
    if (!remark_.empty()) text += ": " + remark_;
    error_ = Error{.text = at_offset(std::move(text), at)};
}

void ExpressionParser::unexpected(std::string_view expecting)
{
    if (token_.kind == TokenKind::bad)
        remark("Parse error near '" + std::string(token_.text) + "'", 0);
    unexpected(name_of(token_.kind), token_.at, expecting);
}

void ExpressionParser::scan_error(std::string text, size_t at)
{
    if (!failed()) error_ = Error{.text = at_offset(std::move(text), at)};
}

void ExpressionParser::remark(std::string text, size_t at)
{
    remark_ = std::move(text);
    remark_at_ = at;
}

bool ExpressionParser::accept(TokenKind kind)
{
    if (failed() || token_.kind != kind) return false;
    advance();
    return true;
}

bool ExpressionParser::enter()
{
    if (++depth_ <= deepest_nesting) return true;
    scan_error("expression is nested too deeply", token_.at);
    return false;
}

Error ExpressionParser::verdict() const
{
    return error_ ? *error_ : Error{.text = at_offset(remark_, remark_at_)};
}

Result<Condition> ExpressionParser::condition()
{
    advance();
    auto root = any_of();
    if (!failed() && token_.kind != TokenKind::end) unexpected("$end");
    if (failed() || !remark_.empty()) return std::unexpected(verdict());
    return root;
}

Condition ExpressionParser::any_of()
{
    std::vector<Condition> parts;
    do parts.push_back(all_of());
    while (accept(TokenKind::op_or));
    return group<AnyOf>(std::move(parts), false);
}

Condition ExpressionParser::all_of()
{
    std::vector<Condition> parts;
    do parts.push_back(negation());
    while (accept(TokenKind::op_and));
    return group<AllOf>(std::move(parts), true);
}

Condition ExpressionParser::negation()
{
    bool negated = false;
    while (accept(TokenKind::op_not)) negated = !negated;
    auto condition = primary();
    return negated ? negate(std::move(condition)) : std::move(condition);
}

Condition ExpressionParser::primary()
{
    if (failed()) return {};
    if (accept(TokenKind::yes)) return constant(true);
    if (accept(TokenKind::no)) return constant(false);
    if (token_.kind == TokenKind::unary) return unary();
    if (token_.kind == TokenKind::bad) {
        scan_error("Parse error near '" + std::string(token_.text) + "'", token_.at);
        return {};
    }
    if (token_.kind != TokenKind::open) return comparison();

    if (!enter()) return {};
    advance();
    auto inner = any_of();
    if (!failed() && !accept(TokenKind::close)) unexpected("T_OP_OR or T_OP_AND or ')'");
    --depth_;
    return inner;
}

Condition ExpressionParser::unary()
{
    const Token op = token_;
    const char kind = op.text[1];
    advance();
    auto argument = word();
    if (failed()) return {};
    switch (kind) {
    case 'd':
    case 'e':
    case 'f':
    case 's':
    case 'L':
    case 'h':
        if (rules_ == ExpressionRules::restricted) {
            remark(std::string(op.text) + " not available in restricted context", op.at);
        }
        return {.what = FileTest{kind, std::move(argument)}};
    case 'F': return {.what = Reachable{'F', std::move(argument)}};
    case 'U':
    case 'A': return {.what = Reachable{'U', std::move(argument)}};
    case 'n':
    case 'z':
    case 'T':
        if (argument.is_constant()) return constant(is_truthy(kind, argument.text));
        return {.what = Truth{kind, std::move(argument)}};
    case 'R': {
        auto subnet = Subnet::parse(argument.text);
        if (!argument.is_constant()) {
            remark("-R requires subnet/netmask as constant argument", op.at);
        } else if (!subnet) {
            remark("parsing of subnet/netmask failed", op.at);
        }
        return {.what = SubnetTest{{}, subnet.value_or(Subnet{}), true}};
    }
    default:
        remark("Unary operator '" + std::string(op.text) + "' does not exist", op.at);
        return {};
    }
}

Condition ExpressionParser::comparison()
{
    auto left = word();
    if (failed()) return {};
    const auto kind = token_.kind;
    if (kind >= TokenKind::text_equal && kind <= TokenKind::greater_equal) {
        advance();
        return compare_with(std::move(left), kind);
    }
    if (accept(TokenKind::matches)) return regex_match(std::move(left), false);
    if (accept(TokenKind::matches_not)) return regex_match(std::move(left), true);
    if (accept(TokenKind::in)) return membership(std::move(left));
    if (kind == TokenKind::binary) return binary(std::move(left));
    unexpected();
    return {};
}

Condition ExpressionParser::compare_with(Word left, TokenKind kind)
{
    auto right = word();
    if (failed()) return {};
    const auto order = order_of(kind);
    auto by = kind >= TokenKind::equal ? Comparison::By::number : Comparison::By::text;
    if (rules_ == ExpressionRules::ssl_require) by = Comparison::By::length;
    if (left.is_constant() && right.is_constant()) {
        return constant(compare(order, by, left.text, right.text));
    }
    return {.what = Comparison{order, by, std::move(left), std::move(right)}};
}

Condition ExpressionParser::regex_match(Word subject, bool negated)
{
    const bool ignore_case = token_.kind == TokenKind::regex_ignoring_case;
    if (!ignore_case && token_.kind != TokenKind::regex) {
        unexpected("T_REGEX or T_REGEX_I");
        return {};
    }
    auto options = regex_;
    options.ignore_case |= ignore_case;
    auto regex = Regex::compile(token_.text, options);
    if (!regex) {
        // Apache does not say why; Diagnostics tells it apart from Apache's words.
        std::string why = regex.error().text;
        if (const size_t at = why.rfind(" (at "); at != why.npos) why.resize(at);
        scan_error("Failed to compile regular expression (why: " + why + ")", token_.at);
        return {};
    }
    advance();
    return {.negated = negated, .what = RegexMatch{std::move(subject), std::move(*regex)}};
}

Condition ExpressionParser::membership(Word needle)
{
    if (accept(TokenKind::open_brace)) {
        std::vector<Word> list;
        do list.push_back(word());
        while (accept(TokenKind::comma));
        if (!failed() && !accept(TokenKind::close_brace)) unexpected("'}' or ','");
        return {.what = Membership{std::move(needle), std::move(list)}};
    }
    const Token name = token_;
    if (!accept(TokenKind::name)) {
        unexpected("T_ID or '{'");
        return {};
    }
    if (!accept(TokenKind::open)) unexpected("'('");
    auto argument = word();
    if (!failed() && !accept(TokenKind::close)) unexpected("T_OP_CONCAT or ')'");
    if (failed()) return {};
    if (!is_list_function(name.text)) {
        remark("List-returning function '" + std::string(name.text) + "' does not exist", name.at);
    }
    return {.what = ListMembership{std::move(needle), lowercase(name.text), std::move(argument)}};
}

Condition ExpressionParser::binary(Word left)
{
    const Token op = token_;
    advance();
    auto right = word();
    if (failed()) return {};
    if (iequals(op.text, "-ipmatch")) {
        auto subnet = Subnet::parse(right.text);
        if (!right.is_constant()) {
            remark("-ipmatch requires subnet/netmask as constant argument", op.at);
        } else if (!subnet) {
            remark("parsing of subnet/netmask failed", op.at);
        }
        return {.what = SubnetTest{std::move(left), subnet.value_or(Subnet{}), false}};
    }
    const bool blind = iequals(op.text, "-strcmatch");
    const bool path = iequals(op.text, "-fnmatch");
    if (!blind && !path && !iequals(op.text, "-strmatch")) {
        remark("Binary operator '" + std::string(op.text) + "' does not exist", op.at);
    }
    return {.what = GlobMatch{std::move(left), std::move(right), path, blind}};
}

Word ExpressionParser::word()
{
    std::vector<Word> parts;
    do append(parts, word_part());
    while (accept(TokenKind::concat));
    return failed() ? Word{} : join(std::move(parts));
}

Word ExpressionParser::word_part()
{
    if (failed()) return {};
    const Token token = token_;
    Word result;
    switch (token.kind) {
    case TokenKind::digits: result = literal(std::string(token.text)); break;
    case TokenKind::capture:
        result = {.kind = Word::Kind::capture,
                  .group = static_cast<unsigned char>(token.text[1] - '0')};
        break;
    case TokenKind::string_begin: result = parts(token.text[0], token.at); break;
    case TokenKind::variable_begin: result = variable(); break;
    case TokenKind::name: return function_call();
    default: unexpected(); return {};
    }
    if (!failed()) advance();
    return result;
}

Word ExpressionParser::function_call()
{
    const Token name = token_;
    advance();
    if (token_.kind != TokenKind::open) {
        unexpected("'('");
        return {};
    }
    if (!enter()) return {};
    advance();
    auto argument = word();
    if (!failed() && !accept(TokenKind::close)) unexpected("T_OP_CONCAT or ')'");
    --depth_;
    return failed() ? Word{} : call(name.text, std::move(argument), name.at);
}

Word ExpressionParser::call(std::string_view name, Word argument, size_t at)
{
    // mod_include's own name for its variables.
    const bool is_v = rules_ == ExpressionRules::restricted && iequals(name, "v");
    const auto function = find_string_function(is_v ? "reqenv" : name);
    std::vector<Word> arguments;
    const bool folds = function.kind == FunctionKind::pure && argument.is_constant();
    if (folds) return literal(function.pure(argument.text));

    arguments.push_back(std::move(argument));
    switch (function.kind) {
    case FunctionKind::unknown:
        remark("Function '" + std::string(name) + "' does not exist", at);
        return {.kind = Word::Kind::capture};
    case FunctionKind::pure:
        return {.kind = Word::Kind::pure, .function = function.pure, .parts = std::move(arguments)};
    case FunctionKind::lookup:
        return {.kind = Word::Kind::lookup,
                .text = std::string(function.name),
                .parts = std::move(arguments)};
    case FunctionKind::file:
    case FunctionKind::file_size: break;
    }
    if (rules_ == ExpressionRules::restricted) {
        remark(std::string(name) + " not available in restricted context", at);
    }
    const bool whole = function.kind == FunctionKind::file;
    return {.kind = whole ? Word::Kind::file : Word::Kind::file_size,
            .parts = std::move(arguments)};
}

} // namespace signet::config
