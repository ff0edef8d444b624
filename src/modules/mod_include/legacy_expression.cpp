// SSILegacyExprParser: conditions as Apache 2.2 had them. All operators of equal rank; && and ||
// take everything to their right.
//     "$NAME" = /regex/ && ( $OTHER != text || -A /url )
#include "base/text.h"
#include "modules/mod_include/page.h"
#include "server/subrequest.h"

#include <cstring>
#include <memory>

namespace signet::mod_include {
namespace {

enum class Kind : uint8_t {
    text,
    regex,
    both,
    either,
    negation,
    equal,
    not_equal,
    greater_equal,
    less_equal,
    greater,
    less,
    open,
    close,
    group, // an open that has found its close
    access,
};

struct Node {
    Kind kind = Kind::text;
    std::string value{};
    Node* parent = nullptr;
    Node* left = nullptr;
    Node* right = nullptr;
};

bool is_comparison(Kind kind)
{
    return kind >= Kind::equal && kind <= Kind::less;
}

bool is_operand(Kind kind)
{
    return kind == Kind::text || kind == Kind::regex || kind == Kind::group || kind == Kind::close;
}

class LegacyExpression {
public:
    LegacyExpression(Page& page, std::string_view text)
        : page_(page)
        , text_(text)
        , rest_(text)
    {
    }

    std::optional<bool> test()
    {
        while (auto token = next()) {
            if (!place(*token)) return std::nullopt;
            if (nodes_.size() > most_nodes) return invalid();
        }
        if (!root_) return false;
        return value_of(*root_);
    }

private:
    // Evaluation goes as deep as the tree, on a stack that is small.
    static constexpr size_t most_nodes = 200;

    std::nullopt_t invalid() const { return complain("AH03188", "Invalid expression"); }
    std::nullopt_t complain(std::string_view id, std::string_view what) const
    {
        page_.log(server::Severity::error, id, what, " \"", text_, "\" in file ",
                  page_.request().filename);
        return std::nullopt;
    }

    std::optional<Node> next();
    Node read_text(char quote);
    bool place(Node& token);
    bool place_operand(Node* node);
    bool place_junction(Node* node);
    bool place_comparison(Node* node);
    void put_above(Node* node, Node* below);
    void put_right(Node* node);
    std::optional<bool> value_of(Node& node);
    std::optional<bool> compare(const Node& node);
    std::optional<bool> matches(const std::string& subject, const std::string& pattern);
    std::optional<bool> reachable(const Node& node);

    Page& page_;
    std::string_view text_;
    std::string_view rest_;
    std::vector<std::unique_ptr<Node>> nodes_;
    Node* root_ = nullptr;
    Node* current_ = nullptr;
};

std::optional<Node> LegacyExpression::next()
{
    while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
    if (rest_.empty()) return std::nullopt;
    struct Symbol {
        std::string_view text;
        Kind kind;
    };
    static constexpr Symbol symbols[] = {
        {"(", Kind::open},           {")", Kind::close},      {"==", Kind::equal},
        {"=", Kind::equal},          {"!=", Kind::not_equal}, {"!", Kind::negation},
        {">=", Kind::greater_equal}, {">", Kind::greater},    {"<=", Kind::less_equal},
        {"<", Kind::less},           {"||", Kind::either},    {"&&", Kind::both},
        {"-A", Kind::access},
    };
    for (const auto& symbol : symbols) {
        if (!rest_.starts_with(symbol.text)) continue;
        rest_.remove_prefix(symbol.text.size());
        return Node{.kind = symbol.kind};
    }
    const char first = rest_[0];
    const bool is_url = current_ && current_->kind == Kind::access;
    if (first == '\'' || (first == '/' && !is_url)) {
        rest_.remove_prefix(1);
        Node node = read_text(first);
        if (first == '/') node.kind = Kind::regex;
        return node;
    }
    return read_text(0);
}

// A backslash makes the next character ordinary, and goes. A quote that is not closed: nothing.
Node LegacyExpression::read_text(char quote)
{
    Node node;
    bool closed = false;
    size_t at = 0;
    for (; at < rest_.size(); ++at) {
        const char c = rest_[at];
        if (c == '\\') {
            if (at + 1 < rest_.size()) node.value += rest_[++at];
        } else if (quote != 0 && c == quote) {
            closed = true;
            ++at;
            break;
        } else if (quote == 0
                   && (is_space(c) || (at > 0 && std::string_view("()=!<>").contains(c))
                       || (at > 0 && (c == '|' || c == '&')
                           && rest_.substr(at + 1).starts_with(c)))) {
            break;
        } else {
            node.value += c;
        }
    }
    rest_.remove_prefix(std::min(at, rest_.size()));
    if (quote != 0 && !closed) node.value.clear();
    return node;
}

void LegacyExpression::put_right(Node* node)
{
    node->parent = current_;
    current_->right = node;
    current_ = node;
}

// Takes the place of `below`'s right side, or of the root.
void LegacyExpression::put_above(Node* node, Node* below)
{
    Node*& place = below ? below->right : root_;
    node->left = place;
    if (place) place->parent = node;
    node->parent = below;
    place = node;
    current_ = node;
}

bool LegacyExpression::place_operand(Node* node)
{
    if (node->kind == Kind::text && current_->kind == Kind::text) {
        if (!current_->value.empty()) current_->value += ' ';
        current_->value += node->value;
        return true;
    }
    const bool fits = node->kind == Kind::regex
                          ? current_->kind == Kind::equal || current_->kind == Kind::not_equal
                          : !is_operand(current_->kind);
    if (fits) put_right(node);
    return fits;
}

bool LegacyExpression::place_junction(Node* node)
{
    if (!is_operand(current_->kind)) return false;
    Node* below = current_->parent;
    while (below && below->kind != Kind::both && below->kind != Kind::either
           && below->kind != Kind::open) {
        below = below->parent;
    }
    put_above(node, below);
    return true;
}

bool LegacyExpression::place_comparison(Node* node)
{
    if (current_->kind != Kind::text) return false;
    Node* below = current_->parent;
    const bool fits = !below || below->kind == Kind::open || below->kind == Kind::both
                      || below->kind == Kind::either;
    if (fits) put_above(node, below);
    return fits;
}

bool LegacyExpression::place(Node& token)
{
    const Kind kind = token.kind;
    Node* node = nodes_.emplace_back(std::make_unique<Node>(std::move(token))).get();
    if (!current_) {
        const bool fits = kind == Kind::text || kind == Kind::negation || kind == Kind::access
                          || kind == Kind::open;
        if (!fits) (void)invalid();
        root_ = current_ = node;
        return fits;
    }
    bool fits = false;
    if (kind == Kind::close) {
        while (current_ && current_->kind != Kind::open) current_ = current_->parent;
        if (!current_) {
            (void)complain("AH03189", "Unmatched ')' in");
            return false;
        }
        current_->kind = Kind::group;
        return true;
    }
    if (kind == Kind::text || kind == Kind::regex) {
        fits = place_operand(node);
    } else if (kind == Kind::both || kind == Kind::either) {
        fits = place_junction(node);
    } else if (is_comparison(kind)) {
        fits = place_comparison(node);
    } else { // negation, access, open
        fits = !is_operand(current_->kind);
        if (fits) put_right(node);
    }
    if (!fits) (void)invalid();
    return fits;
}

std::optional<bool> LegacyExpression::value_of(Node& node)
{
    switch (node.kind) {
    case Kind::text: return !page_.expand(node.value).empty();
    case Kind::both:
    case Kind::either: {
        if (!node.left || !node.right) return invalid();
        const auto left = value_of(*node.left);
        if (!left) return std::nullopt;
        const auto right = value_of(*node.right);
        if (!right) return std::nullopt;
        return node.kind == Kind::both ? *left && *right : *left || *right;
    }
    case Kind::negation: {
        if (!node.right) return false;
        const auto value = value_of(*node.right);
        return value ? std::optional<bool>(!*value) : std::nullopt;
    }
    case Kind::group: return node.right ? value_of(*node.right) : std::optional<bool>(true);
    case Kind::access: return reachable(node);
    case Kind::regex: return complain("AH03190", "No operator before regex in expr");
    case Kind::open: return complain("AH03191", "Unmatched '(' in");
    case Kind::close: return complain("AH03189", "Unmatched ')' in");
    default: return compare(node);
    }
}

std::optional<bool> LegacyExpression::compare(const Node& node)
{
    const bool equality = node.kind == Kind::equal || node.kind == Kind::not_equal;
    if (!node.left || !node.right || node.left->kind != Kind::text
        || (node.right->kind != Kind::text && !(equality && node.right->kind == Kind::regex))) {
        return complain(equality ? "AH01332" : "AH01333", "Invalid expression");
    }
    const auto left = page_.expand(node.left->value);
    const auto right = page_.expand(node.right->value);
    if (node.right->kind == Kind::regex) {
        const auto found = matches(left, right);
        if (!found) return node.kind != Kind::not_equal; // a pattern that is none is true in Apache
        return *found == (node.kind == Kind::equal);
    }
    const int order = left.compare(right);
    switch (node.kind) {
    case Kind::equal: return order == 0;
    case Kind::not_equal: return order != 0;
    case Kind::greater_equal: return order >= 0;
    case Kind::less_equal: return order <= 0;
    case Kind::greater: return order > 0;
    default: return order < 0;
    }
}

std::optional<bool> LegacyExpression::matches(const std::string& subject,
                                              const std::string& pattern)
{
    const auto regex = config::Regex::compile(pattern);
    if (!regex) {
        page_.log(server::Severity::error, "AH02667", "unable to compile pattern \"", pattern,
                  "\"");
        return std::nullopt;
    }
    auto& last = page_.back_references();
    last.subject = subject;
    last.pattern = pattern;
    last.groups = regex->groups();
    last.captures = {};
    last.have_match = regex->match(last.subject, last.captures);
    return last.have_match;
}

std::optional<bool> LegacyExpression::reachable(const Node& node)
{
    if (node.left || !node.right
        || (node.right->kind != Kind::text && node.right->kind != Kind::group)) {
        return complain("AH01335", "Invalid expression: '-A' must be followed by a URI string:");
    }
    auto& request = page_.request();
    const server::LookUpScope scope(request);
    const auto uri = request.arena.copy(page_.expand(node.right->value));
    return lookup(request, uri)->response->status < 400;
}

} // namespace

std::optional<bool> test_legacy_expression(Page& page, std::string_view text)
{
    return LegacyExpression(page, text).test();
}

} // namespace signet::mod_include
