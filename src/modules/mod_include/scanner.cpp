#include "modules/mod_include/scanner.h"

#include "base/text.h"

#include <algorithm>

namespace signet::mod_include {
namespace {

bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

// How much of the end of `text` begins `tag`.
size_t beginning_at_end(std::string_view text, std::string_view tag)
{
    size_t size = std::min(text.size(), tag.size() - 1);
    while (size > 0 && !text.ends_with(tag.substr(0, size))) --size;
    return size;
}

} // namespace

Scanner::Found Scanner::next(std::string_view& piece)
{
    while (!piece.empty()) {
        if (state_ == State::text) {
            const Found found = carry_.empty() ? find_start(piece) : find_start_in_carry(piece);
            if (found != Found::nothing) return found;
            continue;
        }
        if (state_ == State::endless || ++size_ > largest_element) {
            state_ = State::endless;
            element_ = {};
            piece = {};
            break;
        }
        const char c = piece.front();
        piece.remove_prefix(1);
        if (!take(c)) continue;
        state_ = State::text;
        return Found::element;
    }
    return Found::nothing;
}

// Text up to the start tag; then, by the next call, the tag itself.
Scanner::Found Scanner::find_start(std::string_view& piece)
{
    const size_t at = piece.find(start_tag_);
    if (at == 0) {
        piece.remove_prefix(start_tag_.size());
        begin_element();
        return Found::start;
    }
    size_t size = at;
    if (at == piece.npos) {
        const size_t partial = beginning_at_end(piece, start_tag_);
        size = piece.size() - partial;
        carry_ = piece.substr(size);
    }
    text_ = piece.substr(0, size);
    piece.remove_prefix(at == piece.npos ? piece.size() : size);
    return size == 0 ? Found::nothing : Found::text;
}

Scanner::Found Scanner::find_start_in_carry(std::string_view& piece)
{
    const std::string both = carry_ + std::string(piece.substr(0, start_tag_.size() - 1));
    const size_t at = both.find(start_tag_);
    if (at == 0) {
        piece.remove_prefix(start_tag_.size() - carry_.size());
        carry_.clear();
        begin_element();
        return Found::start;
    }
    // All of the carry is text, up to where a start tag begins, or may begin.
    size_t size = at;
    if (at == both.npos) size = both.size() - beginning_at_end(both, start_tag_);
    size = std::min(size, carry_.size());
    if (size == 0) { // still nothing but a beginning: the piece is shorter than the tag
        carry_ = both;
        piece = {};
        return Found::nothing;
    }
    held_ = carry_.substr(0, size);
    carry_.erase(0, size);
    text_ = held_;
    return Found::text;
}

void Scanner::begin_element()
{
    element_ = {};
    size_ = 0;
    state_ = State::name;
}

// True when the element is complete.
bool Scanner::take(char c)
{
    switch (state_) {
    case State::name: return take_in_name(c);
    case State::gap: take_in_gap(c); return state_ == State::end && matched_ == end_tag_.size();
    case State::end: return take_in_end(c);
    case State::argument: take_in_argument(c); return false;
    case State::after_name:
        take_after_name(c);
        return state_ == State::end && matched_ == end_tag_.size();
    case State::before_value: take_before_value(c); return false;
    case State::escaped:
        state_ = State::value;
        if (c == quote_) {
            *element_.arguments.back().value += c;
        } else {
            *element_.arguments.back().value += '\\';
            take_in_value(c);
        }
        return false;
    case State::value: take_in_value(c); return false;
    case State::text:
    case State::endless: break;
    }
    return false;
}

// The end tag may follow at once: <!--#endif-->.
bool Scanner::take_in_name(char c)
{
    if (is_space(c)) {
        element_.lacks_name = element_.name.empty();
        state_ = State::gap;
        return false;
    }
    element_.name += to_lower(c);
    if (!iends_with(element_.name, end_tag_)) return false;
    element_.name.resize(element_.name.size() - end_tag_.size());
    element_.lacks_name = element_.name.empty();
    return true;
}

void Scanner::take_in_gap(char c)
{
    if (is_space(c)) return;
    if (c != end_tag_.front()) return begin_argument(c);
    state_ = State::end;
    matched_ = 1;
}

// What turns out not to be the end tag is an argument.
bool Scanner::take_in_end(char c)
{
    if (c == end_tag_[matched_]) return ++matched_ == end_tag_.size();
    begin_argument(end_tag_.front());
    for (size_t i = 1; i < matched_; ++i) take_in_argument(end_tag_[i]);
    (void)take(c);
    return false;
}

void Scanner::begin_argument(char c)
{
    element_.arguments.push_back({});
    if (is_quote(c)) { // a value without a name
        element_.lacks_argument_name = true;
        element_.arguments.back().value.emplace();
        quote_ = c;
        state_ = State::value;
        return;
    }
    state_ = State::argument;
    take_in_argument(c);
}

void Scanner::take_in_argument(char c)
{
    if (!is_space(c) && c != '=') {
        element_.arguments.back().name += to_lower(c);
        return;
    }
    if (element_.arguments.back().name.empty()) element_.lacks_argument_name = true;
    state_ = State::after_name;
    take_after_name(c);
}

void Scanner::take_after_name(char c)
{
    if (is_space(c)) return;
    if (c == '=') {
        state_ = State::before_value;
        return;
    }
    state_ = State::gap;
    take_in_gap(c);
}

void Scanner::take_before_value(char c)
{
    if (is_space(c)) return;
    element_.arguments.back().value.emplace();
    state_ = State::value;
    quote_ = is_quote(c) ? c : 0;
    if (quote_ == 0) take_in_value(c);
}

void Scanner::take_in_value(char c)
{
    if (quote_ != 0 && c == '\\') {
        state_ = State::escaped;
    } else if (quote_ != 0 ? c == quote_ : is_space(c)) {
        state_ = State::gap;
    } else {
        *element_.arguments.back().value += c;
    }
}

} // namespace signet::mod_include
