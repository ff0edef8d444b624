// What an expression is compiled into: a tree of conditions over words. Internal to
// expression*.cpp.
#pragma once
#include "config/expression.h"
#include "config/expression_functions.h"
#include "config/expression_subnet.h"
#include "config/regex.h"

#include <string>
#include <variant>
#include <vector>

namespace signet::config {

// Something with a text value.
struct Word {
    enum class Kind : unsigned char {
        text,     // `text` itself
        variable, // context.variable(text)
        capture,  // $group
        lookup,   // context.lookup(text, parts[0])
        pure,     // function(parts[0]): depends on its argument only
        file,     // the contents of the file parts[0]
        file_size,
        join, // all parts, one after the other
    };
    Kind kind = Kind::text;
    unsigned char group = 0;
    PureFunction* function = nullptr;
    std::string text{};
    std::vector<Word> parts{};

    [[nodiscard]] bool is_constant() const { return kind == Kind::text; }
};

struct Condition;

struct Constant {
    bool value = false;
};
struct AllOf {
    std::vector<Condition> parts;
};
struct AnyOf {
    std::vector<Condition> parts;
};
struct Comparison {
    enum class Order : unsigned char { equal, not_equal, less, less_equal, greater, greater_equal };
    enum class By : unsigned char { text, number, length }; // length: SSLRequire
    Order order;
    By by;
    Word left;
    Word right;
};
struct RegexMatch {
    Word subject;
    Regex regex;
};
struct Membership {
    Word needle;
    std::vector<Word> list;
};
struct ListMembership {
    Word needle;
    std::string function;
    Word argument;
};
struct FileTest {
    char kind; // one of d e f s L h
    Word path;
};
struct Reachable {
    char kind; // F or U
    Word what;
};
struct Truth {
    char kind; // one of n z T
    Word word;
};
struct SubnetTest {
    Word address; // unused when `client`
    Subnet subnet;
    bool client;
};
struct GlobMatch {
    Word text;
    Word pattern;
    bool path_name;
    bool ignore_case;
};

struct Condition {
    bool negated = false;
    std::variant<Constant, AllOf, AnyOf, Comparison, RegexMatch, Membership, ListMembership,
                 FileTest, Reachable, Truth, SubnetTest, GlobMatch>
        what{};
};

struct Expression::Program {
    std::variant<Condition, Word> root;
};

// Decides comparisons the way test() does; the parser folds constants with it.
[[nodiscard]] bool compare(Comparison::Order order, Comparison::By by, std::string_view left,
                           std::string_view right);
[[nodiscard]] bool is_truthy(char kind, std::string_view text);

} // namespace signet::config
