#include "config/expression.h"

#include "base/file.h"
#include "base/text.h"
#include "config/expression_parser.h"
#include "config/expression_program.h"
#include "config/fnmatch.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <sys/stat.h>

namespace signet::config {
namespace {

constexpr size_t largest_file = size_t{10} << 20;

// Like strtoll: leading space, a sign, then digits; anything else ends the number, and a number
// too large is the largest there is.
int64_t to_number(std::string_view text)
{
    size_t at = 0;
    while (at < text.size() && is_space(text[at])) ++at;
    const bool negative = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    uint64_t value = 0;
    constexpr uint64_t largest = std::numeric_limits<int64_t>::max();
    for (; at < text.size() && is_digit(text[at]); ++at) {
        const auto digit = static_cast<uint64_t>(text[at] - '0');
        value = value > (largest - digit) / 10 ? largest : value * 10 + digit;
    }
    const auto number = static_cast<int64_t>(value);
    return negative ? -number : number;
}

int sign(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

template <class... Visitors> struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

// One evaluation. Texts that captures point into live here until keep_captures().
class Evaluator {
public:
    explicit Evaluator(ExpressionContext& context)
        : context_(context)
    {
    }

    bool test(const Condition& condition);
    std::string value(const Word& word);

    // Ends the evaluation: its captures move to where they last as long as the request.
    void keep_captures();
    [[nodiscard]] std::optional<Error>& error() { return error_; }

private:
    // The word without a copy when it is constant; `holder` owns it otherwise.
    std::string_view view(const Word& word, std::string& holder)
    {
        if (word.is_constant()) return word.text;
        holder = value(word);
        return holder;
    }
    bool match(const RegexMatch& match);
    bool file_is(char kind, const std::string& path);
    std::string contents(const std::string& path);
    std::string capture(size_t group);

    ExpressionContext& context_;
    std::string subject_{};
    bool captured_ = false;
    std::optional<Error> error_{};
};

std::string Evaluator::capture(size_t group)
{
    const auto& captures = context_.captures();
    if (static_cast<int>(group) >= captures.count) return {};
    return std::string(captures.groups[group]);
}

std::string Evaluator::value(const Word& word)
{
    switch (word.kind) {
    case Word::Kind::text: return word.text;
    case Word::Kind::variable: return context_.variable(word.text);
    case Word::Kind::capture: return capture(word.group);
    case Word::Kind::lookup: return context_.lookup(word.text, value(word.parts[0]));
    case Word::Kind::pure: return word.function(value(word.parts[0]));
    case Word::Kind::file: return contents(value(word.parts[0]));
    case Word::Kind::file_size: {
        struct stat status {};
        const bool regular =
            ::stat(value(word.parts[0]).c_str(), &status) == 0 && S_ISREG(status.st_mode);
        return std::to_string(regular ? status.st_size : 0);
    }
    case Word::Kind::join: break;
    }
    std::string out;
    for (const auto& part : word.parts) {
        if (part.is_constant())
            out += part.text;
        else
            out += value(part);
    }
    return out;
}

std::string Evaluator::contents(const std::string& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        error_ = Error{.text = "Cannot open file " + path};
        return {};
    }
    // Devices and pipes could block the worker for good.
    if (!S_ISREG(status.st_mode)) {
        error_ = Error{.text = "Cannot read from file " + path};
        return {};
    }
    if (static_cast<size_t>(status.st_size) > largest_file) {
        error_ = Error{.text = "File " + path + " too large"};
        return {};
    }
    auto bytes = read_file(path, largest_file);
    if (bytes) return std::move(*bytes);
    error_ = Error{.text = "Cannot open file " + path};
    return {};
}

bool Evaluator::file_is(char kind, const std::string& path)
{
    struct stat status {};
    const bool link = kind == 'L' || kind == 'h';
    if ((link ? ::lstat(path.c_str(), &status) : ::stat(path.c_str(), &status)) != 0) return false;
    switch (kind) {
    case 'd': return S_ISDIR(status.st_mode);
    case 'f': return S_ISREG(status.st_mode);
    case 's': return S_ISREG(status.st_mode) && status.st_size > 0;
    case 'e': return true;
    default: return S_ISLNK(status.st_mode);
    }
}

// As in Apache a pattern without groups leaves $0…$9 alone, and one with groups that fails
// empties them.
bool Evaluator::match(const RegexMatch& match)
{
    if (match.regex.groups() == 0) {
        std::string holder;
        return match.regex.matches(view(match.subject, holder));
    }
    auto subject = value(match.subject); // may still read captures of the last subject
    auto& captures = context_.captures();
    captures = {};
    subject_ = std::move(subject);
    captured_ = match.regex.match(subject_, captures);
    return captured_;
}

void Evaluator::keep_captures()
{
    if (!captured_) return;
    auto& captures = context_.captures();
    const auto kept = context_.keep(subject_);
    if (kept.size() != subject_.size() || kept.data() == nullptr) {
        captures = {};
        return;
    }
    for (auto& group : captures.groups) {
        if (group.data() == nullptr) continue;
        group = kept.substr(static_cast<size_t>(group.data() - subject_.data()), group.size());
    }
}

bool Evaluator::test(const Condition& condition)
{
    if (error_) return false;
    std::string left;
    std::string right;
    const bool result = std::visit(
        Overloaded{
            [](const Constant& constant) { return constant.value; },
            [&](const AllOf& all) {
                return std::ranges::all_of(all.parts, [&](auto& part) { return test(part); });
            },
            [&](const AnyOf& any) {
                return std::ranges::any_of(any.parts, [&](auto& part) { return test(part); });
            },
            [&](const Comparison& c) {
                const auto first = view(c.left, left);
                return compare(c.order, c.by, first, view(c.right, right));
            },
            [&](const RegexMatch& regex) { return match(regex); },
            [&](const Membership& member) {
                const auto needle = view(member.needle, left);
                return std::ranges::any_of(member.list,
                                           [&](auto& each) { return view(each, right) == needle; });
            },
            [&](const ListMembership& member) {
                const auto list = context_.list(member.function, view(member.argument, right));
                return std::ranges::find(list, view(member.needle, left)) != list.end();
            },
            [&](const FileTest& file) { return file_is(file.kind, value(file.path)); },
            [&](const Reachable& r) { return context_.reachable(r.kind, view(r.what, left)); },
            [&](const Truth& truth) { return is_truthy(truth.kind, view(truth.word, left)); },
            [&](const SubnetTest& net) {
                return net.subnet.contains(net.client ? context_.client_address()
                                                      : value(net.address));
            },
            [&](const GlobMatch& glob) {
                const GlobOptions options{.path_name = glob.path_name,
                                          .ignore_case = glob.ignore_case};
                const auto pattern = view(glob.pattern, right);
                return glob_matches(pattern, view(glob.text, left), options);
            },
        },
        condition.what);
    return result != condition.negated;
}

template <class Root>
Result<std::unique_ptr<const Expression::Program>> make_program(Result<Root> root)
{
    if (!root) return std::unexpected(root.error());
    return std::make_unique<const Expression::Program>(std::move(*root));
}

} // namespace

bool compare(Comparison::Order order, Comparison::By by, std::string_view left,
             std::string_view right)
{
    int sign_of = 0;
    if (by == Comparison::By::number) {
        sign_of = sign(to_number(left), to_number(right));
    } else if (by == Comparison::By::length && left.size() != right.size()) {
        sign_of = left.size() < right.size() ? -1 : 1;
    } else {
        sign_of = left.compare(right);
    }
    switch (order) {
    case Comparison::Order::equal: return sign_of == 0;
    case Comparison::Order::not_equal: return sign_of != 0;
    case Comparison::Order::less: return sign_of < 0;
    case Comparison::Order::less_equal: return sign_of <= 0;
    case Comparison::Order::greater: return sign_of > 0;
    case Comparison::Order::greater_equal: return sign_of >= 0;
    }
    return false;
}

bool is_truthy(char kind, std::string_view text)
{
    if (kind == 'n') return !text.empty();
    if (kind == 'z') return text.empty();
    return !text.empty() && text != "0" && !iequals(text, "off") && !iequals(text, "false")
           && !iequals(text, "no");
}

Expression::Expression() = default;
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

Result<Expression> Expression::compile_condition(std::string_view text, ExpressionRules rules,
                                                 Regex::Options regex)
{
    auto program = make_program(ExpressionParser(text, rules, regex).condition());
    if (!program) return std::unexpected(program.error());
    Expression expression;
    expression.program_ = std::move(*program);
    expression.text_ = text;
    return expression;
}

Result<Expression> Expression::compile_string(std::string_view text, ExpressionRules rules)
{
    auto program = make_program(ExpressionParser(text, rules).string());
    if (!program) return std::unexpected(program.error());
    Expression expression;
    expression.program_ = std::move(*program);
    expression.text_ = text;
    return expression;
}

bool Expression::is_constant() const
{
    if (const auto* word = std::get_if<Word>(&program_->root)) return word->is_constant();
    return std::holds_alternative<Constant>(std::get<Condition>(program_->root).what);
}

Result<bool> Expression::test(ExpressionContext& context) const
{
    const auto* condition = std::get_if<Condition>(&program_->root);
    if (!condition) impossible("a string expression was tested as a condition");
    Evaluator evaluator(context);
    const bool result = evaluator.test(*condition);
    evaluator.keep_captures();
    if (evaluator.error()) return std::unexpected(*evaluator.error());
    return result;
}

Result<std::string> Expression::string(ExpressionContext& context) const
{
    const auto* word = std::get_if<Word>(&program_->root);
    if (!word) impossible("a condition was evaluated as a string");
    Evaluator evaluator(context);
    auto result = evaluator.value(*word);
    if (evaluator.error()) return std::unexpected(*evaluator.error());
    return result;
}

} // namespace signet::config
