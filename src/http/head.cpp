// One pass over the usual head with nothing copied; whatever is unusual in a line (a fold, a bare
// LF, a control character, a limit) sends that line to the slow path, which knows Apache's answers.
#include "http/head.h"

#include "base/text.h"
#include "http/method.h"
#include "http/scan.h"
#include "http/token.h"
#include "http/uri.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace signet::http {

namespace {

// Apache skips this many empty lines before a request line, then complains about the method.
constexpr size_t max_blank_lines = 10;

// What reading one field led to; done is the empty line.
enum class Step : uint8_t { next, done, incomplete, refused };

enum class LineState : uint8_t { complete, incomplete, malformed, too_long };

// A line without its end, and where the next one begins.
struct Line {
    LineState state = LineState::incomplete;
    std::string_view text{};
    size_t next = 0;
};

class Parser {
public:
    Parser(std::span<char> bytes, const HeadLimits& limits, RequestHead& head, Refusal& refusal)
        : data_(bytes.data())
        , size_(bytes.size())
        , limits_(limits)
        , head_(head)
        , refusal_(refusal)
    {
    }

    Parse run()
    {
        head_.headers.clear();
        head_.version = Version::http11;
        head_.request_line = head_.method = head_.target = head_.protocol = {};
        if (const Parse line = read_request_line(); line != Parse::complete) return line;
        if (head_.version != Version::http09) {
            if (const Parse fields = read_fields(); fields != Parse::complete) return fields;
        }
        head_.size = at_;
        return Parse::complete;
    }

    Parse run_fields()
    {
        head_.headers.clear();
        const Parse fields = read_fields();
        head_.size = at_;
        return fields;
    }

private:
    Parse refuse(int status, std::string_view id, std::string_view reason,
                 std::string_view evidence)
    {
        refusal_ = {status, id, reason, evidence};
        if (head_.version == Version::http09) head_.version = Version::http10;
        return Parse::refused;
    }
    Parse refuse_line(std::string_view id, std::string_view reason, std::string_view evidence)
    {
        return refuse(400, id, reason, evidence);
    }

    // Lengths are without line ends; Apache's buffers leave room for one byte beyond the limit.
    Line read_line(size_t from, size_t limit) const
    {
        const size_t window = std::min(size_ - from, limit + 3);
        const auto* found =
            window == 0 ? nullptr : static_cast<char*>(std::memchr(data_ + from, '\n', window));
        if (found == nullptr) {
            return {window == limit + 3 ? LineState::too_long : LineState::incomplete, {}, 0};
        }
        auto length = static_cast<size_t>(found - data_) - from;
        const size_t next = from + length + 1;
        const bool bare = length == 0 || data_[from + length - 1] != '\r';
        if (!bare) --length;
        const std::string_view text(data_ + from, length);
        if (length > limit + 1) return {LineState::too_long, text, next};
        if ((bare && limits_.strict) || text.find('\0') != text.npos) {
            return {LineState::malformed, text, next};
        }
        return {LineState::complete, text, next};
    }

    Parse read_request_line();
    bool take_plain_request_line();
    Parse take_request_line(std::string_view line);
    Parse check_request_line(std::string_view method, std::string_view target);
    Parse read_fields();
    bool take_plain_field();
    Step take_any_field();
    Step read_field_line(size_t from, Line& line);
    Step add_field(std::string_view first_line, std::string_view whole);
    Step refuse_field(std::string_view id, std::string_view reason, std::string_view evidence);
    [[nodiscard]] bool value_is_clean(std::string_view value) const;
    void unfold();

    char* data_;
    size_t size_;
    const HeadLimits& limits_;
    RequestHead& head_;
    Refusal& refusal_;
    size_t at_ = 0;
    bool folded_ = false;
};

// `GET /target HTTP/1.1` CR LF: what nearly every head begins with, and valid whatever the limits
// on methods and protocols are.
bool Parser::take_plain_request_line()
{
    constexpr std::string_view start = "GET ";
    constexpr std::string_view end = " HTTP/1.1\r\n";
    const std::string_view text(data_, size_);
    if (!text.starts_with("GET /")) return false;
    const std::string_view rest = text.substr(start.size());
    const size_t length = find_outside_visible(rest.data(), rest.size());
    const std::string_view target = rest.substr(0, length);
    if (rest.substr(length, end.size()) != end || target.contains('#')) return false;
    const size_t line = start.size() + length + end.size() - 2;
    if (line > limits_.line + 1) return false;
    head_.request_line = text.substr(0, line);
    head_.method = text.substr(0, 3);
    head_.target = target;
    head_.protocol = rest.substr(length + 1, 8);
    at_ = line + 2;
    return true;
}

Parse Parser::read_request_line()
{
    if (take_plain_request_line()) return Parse::complete;
    for (size_t blank = 0;; ++blank) {
        const Line line = read_line(at_, limits_.line);
        switch (line.state) {
        case LineState::incomplete: return Parse::incomplete;
        case LineState::too_long:
            head_.request_line = {data_ + at_, limits_.line + 1};
            return refuse(414, "AH00565",
                          "request failed: client's request-line exceeds LimitRequestLine", {});
        case LineState::malformed:
            head_.request_line = {data_ + at_, line.next - at_};
            return refuse_line("AH00566", "request failed: malformed request line", line.text);
        case LineState::complete: break;
        }
        at_ = line.next;
        if (line.text.empty() && blank < max_blank_lines) continue;
        head_.request_line = line.text;
        return take_request_line(line.text);
    }
}

struct LineError {
    std::string_view id{};
    std::string_view reason{};
    std::string_view evidence{};
    explicit operator bool() const { return !id.empty(); }
    // Apache reports the first fault it sees, unless a later one is said to override.
    void note(const LineError& other)
    {
        if (id.empty()) *this = other;
    }
};

constexpr LineError bad_whitespace{"AH03447", "HTTP Request Line; Invalid whitespace", {}};
constexpr LineError excess_whitespace{
    "AH03448",
    "HTTP Request Line; Excess whitespace (disallowed by HttpProtocolOptions Strict)",
    {}};

std::string_view take_word(std::string_view& rest, size_t size)
{
    const auto word = rest.substr(0, size);
    rest.remove_prefix(size);
    return word;
}

// Leaves `rest` at the next word.
void skip_separator(std::string_view& rest, bool strict, LineError& error)
{
    if (strict && rest.size() > 1 && is_space(rest[1])) error.note(excess_whitespace);
    while (!rest.empty() && is_space(rest.front())) {
        if (rest.front() != ' ') error.note(bad_whitespace);
        rest.remove_prefix(1);
    }
}

size_t visible_length(std::string_view text)
{
    return find_outside_visible(text.data(), text.size());
}

// "HTTP/" digit "." digit, major version not 0. Strict wants capitals. 1.2, 2.0 and 3.0 are spoken
// as 1.1, as Apache does: RFC 9112 §2.3 lets a higher minor version through, Apache any.
std::optional<Version> parse_version(std::string_view text, bool strict)
{
    if (text.size() != 8) return std::nullopt;
    const auto name = text.substr(0, 5);
    if (!(strict ? name == "HTTP/" : iequals(name, "HTTP/"))) return std::nullopt;
    if (!is_digit(text[5]) || text[5] == '0' || text[6] != '.' || !is_digit(text[7])) {
        return std::nullopt;
    }
    return text[5] == '1' && text[7] == '0' ? Version::http10 : Version::http11;
}

Parse Parser::take_request_line(std::string_view line)
{
    LineError error;
    std::string_view rest = line;
    if (!rest.empty() && is_space(rest.front())) error.note(bad_whitespace);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);

    size_t length = 0;
    if (limits_.strict) {
        while (length < rest.size() && is_token_char(rest[length])) ++length;
    } else {
        length = visible_length(rest);
    }
    if ((length == 0 || (length < rest.size() && !is_space(rest[length]))) && !error) {
        length = std::min(rest.find_first_of("\t\v\f\r "), rest.size());
        error.note({"AH03445", "HTTP Request Line; Invalid method token", rest.substr(0, length)});
        if (length == rest.size()) return refuse_line(error.id, error.reason, error.evidence);
    }
    head_.method = take_word(rest, length);
    skip_separator(rest, limits_.strict, error);

    length = visible_length(rest);
    if (length == 0 || (length < rest.size() && !is_space(rest[length]))) {
        error = {"AH03454", "HTTP Request Line; URI incorrectly encoded", rest};
        length = std::min(rest.find_first_of("\t\v\f\r ", length), rest.size());
        error.evidence = rest.substr(0, length);
    }
    head_.target = take_word(rest, length);
    skip_separator(rest, limits_.strict, error);

    length = visible_length(rest);
    const auto protocol = take_word(rest, length);
    if (!rest.empty() && !is_space(rest.front())) {
        error = {"AH02418", "HTTP Request Line; Unrecognized protocol", protocol};
    } else if (limits_.strict && !rest.empty()) {
        error = excess_whitespace;
    } else {
        skip_separator(rest, false, error);
        if (!rest.empty()) {
            error.note({"AH03449", "HTTP Request Line; Extraneous text found", rest});
        }
    }
    head_.protocol = protocol;
    if (protocol.empty()) {
        head_.version = Version::http09;
        if (!limits_.allow_http09) {
            error.note({"AH02401", "HTTP Request Line; Rejected HTTP/0.9 request", {}});
        } else if (limits_.strict && head_.method != "GET") {
            error.note({"AH03444",
                        "HTTP Request Line; Invalid method token (only GET is allowed for HTTP/0.9 "
                        "requests)",
                        head_.method});
        }
    } else if (auto version = parse_version(protocol, limits_.strict)) {
        head_.version = *version;
    } else {
        head_.version = Version::http10;
        error.note({"AH02418", "HTTP Request Line; Unrecognized protocol", protocol});
    }
    if (error) return refuse_line(error.id, error.reason, error.evidence);
    return check_request_line(head_.method, head_.target);
}

Parse Parser::check_request_line(std::string_view method, std::string_view target)
{
    if (limits_.registered_methods && !is_registered_method(method, limits_)) {
        return refuse(
            501, "AH02423",
            "HTTP Request Line; Unrecognized HTTP method (disallowed by RegisteredMethods)",
            method);
    }
    const bool has_fragment = target.find('#') != target.npos;
    if (target.front() == '/' && !has_fragment && method != "CONNECT") return Parse::complete;
    const auto parsed = parse_target(target, method == "CONNECT");
    const bool known_scheme = !parsed || parsed->scheme.empty() || iequals(parsed->scheme, "http")
                              || iequals(parsed->scheme, "https");
    if (!parsed || !known_scheme || (parsed->form == TargetForm::asterisk && method != "OPTIONS")) {
        return refuse_line("AH03450", "HTTP Request Line; Unable to parse URI", target);
    }
    if (!limits_.strict) return Parse::complete;
    if (has_fragment) {
        return refuse_line("AH02421", "HTTP Request Line; URI must not contain a fragment", target);
    }
    if (parsed->authority.find('@') != std::string_view::npos) {
        return refuse_line("AH02422", "HTTP Request Line; URI must not contain a username/password",
                           target);
    }
    return Parse::complete;
}

Parse Parser::read_fields()
{
    while (true) {
        if (size_ - at_ >= 2 && data_[at_] == '\r' && data_[at_ + 1] == '\n') {
            at_ += 2;
            break;
        }
        if (take_plain_field()) continue;
        const Step step = take_any_field();
        if (step == Step::incomplete) return Parse::incomplete;
        if (step == Step::refused) return Parse::refused;
        if (step == Step::done) break;
    }
    if (folded_) unfold();
    return Parse::complete;
}

// `Name: value` CR LF and proof that no fold follows; valid in Strict, therefore in Unsafe too.
bool Parser::take_plain_field()
{
    const char* line = data_ + at_;
    const size_t left = size_ - at_;
    size_t colon = 0;
    while (colon < left && is_token_char(line[colon])) ++colon;
    if (colon == 0 || colon == left || line[colon] != ':') return false;
    size_t value = colon + 1;
    while (value < left && is_blank(line[value])) ++value;
    const size_t end = value + find_outside_value(line + value, left - value);
    if (left - end < 3 || line[end] != '\r' || line[end + 1] != '\n' || is_blank(line[end + 2])) {
        return false;
    }
    if (end > limits_.field_size + 1) return false;
    if (limits_.fields != 0 && head_.headers.size() >= limits_.fields) return false;
    size_t stop = end;
    while (stop > value && is_blank(line[stop - 1])) --stop;
    head_.headers.add({line, colon}, {line + value, stop - value});
    at_ += end + 2;
    return true;
}

Step Parser::refuse_field(std::string_view id, std::string_view reason, std::string_view evidence)
{
    refusal_ = {400, id, reason, evidence};
    if (id == "AH00561") refusal_.note = "Size of a request header field exceeds server limit.";
    if (id == "AH00563") {
        refusal_.note = "The number of request header fields exceeds this server's limit.";
    }
    return Step::refused;
}

Step Parser::read_field_line(size_t from, Line& line)
{
    line = read_line(from, limits_.field_size);
    switch (line.state) {
    case LineState::complete: return Step::next;
    case LineState::incomplete: return Step::incomplete;
    case LineState::malformed: break;
    case LineState::too_long: {
        const std::string_view shown(data_ + from, std::min<size_t>(size_ - from, 80));
        return refuse_field("AH00561", "Request header exceeds LimitRequestFieldSize",
                            shown.substr(0, shown.find(':')));
    }
    }
    return refuse_field("AH00567", "request failed: error reading the headers", line.text);
}

Step Parser::take_any_field()
{
    Line first;
    if (const Step step = read_field_line(at_, first); step != Step::next) return step;
    if (first.text.empty()) {
        at_ = first.next;
        return Step::done;
    }
    if (is_blank(first.text.front())) {
        return refuse_field("AH03442", "Line folding encountered before first header line",
                            first.text);
    }
    size_t end = at_ + first.text.size();
    size_t next = first.next;
    size_t joined = first.text.size();
    while (true) {
        if (next == size_) return Step::incomplete; // a fold may follow
        if (!is_blank(data_[next])) break;
        Line more;
        if (const Step step = read_field_line(next, more); step != Step::next) return step;
        const auto content = trim_leading_blanks(more.text);
        if (content.empty()) {
            return refuse_field("AH03443", "Empty folded line encountered", first.text);
        }
        joined += content.size() + 1;
        if (joined + 1 >= limits_.field_size) {
            return refuse_field("AH00562",
                                "Request header exceeds LimitRequestFieldSize after folding",
                                first.text.substr(0, first.text.find(':')));
        }
        folded_ = true;
        end = next + more.text.size();
        next = more.next;
    }
    const size_t start = at_;
    at_ = next;
    return add_field(first.text, {data_ + start, end - start});
}

// The controls of a value: line ends that a fold follows are no part of it.
bool Parser::value_is_clean(std::string_view value) const
{
    const auto bad_in_unsafe = [](char c) {
        return c == '\n' || c == '\v' || c == '\f' || c == '\r';
    };
    for (size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        const bool bad = limits_.strict ? is_control(c) && c != '\t' : bad_in_unsafe(c);
        if (!bad) continue;
        if (c == '\r' && i + 1 < value.size() && value[i + 1] == '\n')
            ++i;
        else if (c != '\n')
            return false;
    }
    return true;
}

Step Parser::add_field(std::string_view first_line, std::string_view whole)
{
    if (limits_.fields != 0 && head_.headers.size() >= limits_.fields) {
        return refuse_field("AH00563", "Number of request headers exceeds LimitRequestFields", {});
    }
    const size_t colon = first_line.find(':');
    const auto name = first_line.substr(0, colon);
    if (limits_.strict) {
        if (colon == std::string_view::npos || !is_token(name)) {
            return refuse_field("AH02426", "Request header field name is malformed", first_line);
        }
    } else if (colon == std::string_view::npos) {
        return refuse_field("AH00564", "Request header field is missing ':' separator", first_line);
    } else if (name.empty()) {
        return refuse_field("AH03453", "Request header field name was empty", first_line);
    } else if (std::ranges::any_of(name, is_space)) {
        return refuse_field("AH03452", "Request header field name presented invalid whitespace",
                            first_line);
    }
    const auto value = trim_blanks(whole.substr(colon + 1));
    if (!value_is_clean(value)) {
        return limits_.strict
                   ? refuse_field("AH02427", "Request header value is malformed", value)
                   : refuse_field("AH03451", "Request header field value presented bad whitespace",
                                  value);
    }
    head_.headers.add(name, value);
    return Step::next;
}

// Joins folded values with one space per fold (RFC 9112 §5.2), in place: they only get shorter.
// Done once, when the head is complete, so that parsing an incomplete head again sees it as sent.
void Parser::unfold()
{
    for (Field& field : head_.headers) {
        if (field.value.find('\n') == std::string_view::npos) continue;
        char* const start = data_ + (field.value.data() - data_);
        size_t kept = 0;
        for (size_t i = 0; i < field.value.size(); ++i) {
            const char c = field.value[i];
            if (c == '\r' && field.value[i + 1] == '\n') continue; // clean: a CR is part of CR LF
            if (c != '\n') {
                start[kept++] = c;
                continue;
            }
            while (i + 1 < field.value.size() && is_blank(field.value[i + 1])) ++i;
            start[kept++] = ' ';
        }
        field.value = trim_blanks({start, kept});
    }
}

} // namespace

Parse parse_request_head(std::span<char> bytes, const HeadLimits& limits, RequestHead& head,
                         Refusal& refusal)
{
    return Parser(bytes, limits, head, refusal).run();
}

std::string_view tidy_request_line(const RequestHead& head, Arena& arena)
{
    const auto line = head.request_line;
    const size_t words = head.method.size() + head.target.size();
    const size_t tidy = words + 1 + (head.protocol.empty() ? 0 : head.protocol.size() + 1);
    // Refused before its words were found, or written as it should be.
    if (head.method.empty()) return line;
    if (line.size() == tidy && line[head.method.size()] == ' '
        && (head.protocol.empty() || line[words + 1] == ' ')) {
        return line;
    }
    if (head.target.empty()) return head.method;
    if (head.protocol.empty()) return arena.join(head.method, " ", head.target);
    return arena.join(head.method, " ", head.target, " ", head.protocol);
}

bool is_registered_method(std::string_view name, const HeadLimits& limits)
{
    if (parse_method(name).method != Method::other) return true;
    return limits.extra_methods
           && std::ranges::find(*limits.extra_methods, name) != limits.extra_methods->end();
}

Parse parse_field_section(std::span<char> bytes, const HeadLimits& limits, Headers& fields,
                          size_t& used, Refusal& refusal)
{
    RequestHead head;
    std::swap(head.headers, fields); // its capacity is worth keeping
    const Parse parsed = Parser(bytes, limits, head, refusal).run_fields();
    std::swap(head.headers, fields);
    used = head.size;
    return parsed;
}

} // namespace signet::http
