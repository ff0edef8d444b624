// Finds elements (<!--#echo var="X" -->) in a document that arrives in pieces of any size.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::mod_include {

struct Argument {
    std::string name; // in small letters
    std::optional<std::string> value{};
};

struct Element {
    std::string name; // in small letters
    std::vector<Argument> arguments{};
    bool lacks_name = false;          // its own
    bool lacks_argument_name = false; // of a value
};

// Keeps no more than one element and the beginning of a start tag.
class Scanner {
public:
    enum class Found : uint8_t {
        nothing, // the piece is at its end
        text,    // text(), as it is
        start,   // an element begins
        element, // element() is complete
    };

    Scanner(std::string_view start_tag, std::string_view end_tag)
        : start_tag_(start_tag)
        , end_tag_(end_tag)
    {
    }

    // Takes what it has looked at off the front of `piece`. The results are valid until the next
    // call.
    [[nodiscard]] Found next(std::string_view& piece);
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] Element& element() { return element_; }

    // At the end of the document: what could have become a start tag.
    [[nodiscard]] std::string_view rest() const { return carry_; }
    // At the end of the document: an element has begun and not ended.
    [[nodiscard]] bool is_inside() const { return state_ != State::text; }

    // What an element may take up; a longer one never ends.
    static constexpr size_t largest_element = size_t{1} << 20;

private:
    enum class State : uint8_t {
        text,
        name,
        gap,        // before an argument or the end tag
        end,        // within what may be the end tag
        argument,   // its name
        after_name, // of an argument
        before_value,
        value,
        escaped, // behind a backslash in a quoted value
        endless,
    };

    [[nodiscard]] Found find_start(std::string_view& piece);
    [[nodiscard]] Found find_start_in_carry(std::string_view& piece);
    void begin_element();
    [[nodiscard]] bool take(char c);
    [[nodiscard]] bool take_in_name(char c);
    void take_in_gap(char c);
    [[nodiscard]] bool take_in_end(char c);
    void begin_argument(char c);
    void take_in_argument(char c);
    void end_argument_name();
    void take_after_name(char c);
    void take_before_value(char c);
    void take_in_value(char c);

    std::string start_tag_;
    std::string end_tag_;
    State state_ = State::text;
    std::string carry_; // the beginning of a start tag
    std::string held_;  // the same for text(), when the carry was none
    std::string_view text_{};
    Element element_{};
    size_t matched_ = 0; // of the end tag
    size_t size_ = 0;    // of the element so far
    char quote_ = 0;
};

} // namespace signet::mod_include
