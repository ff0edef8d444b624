// What answers carry and how large things may be: ErrorDocument, FileETag, body and range limits.
// https://httpd.apache.org/docs/2.4/mod/core.html
#include "server/core_directives.h"

#include "base/text.h"

#include <limits>

namespace signet::server::core {
namespace {

// The statuses Apache has a page for.
bool is_known_status(long status)
{
    struct Range {
        long first, last;
    };
    static constexpr Range ranges[] = {
        {100, 103}, {200, 208}, {226, 226}, {300, 305}, {307, 308}, {400, 417},
        {421, 426}, {428, 429}, {431, 431}, {451, 451}, {500, 508}, {510, 511},
    };
    for (const auto& range : ranges) {
        if (status >= range.first && status <= range.last) return true;
    }
    return false;
}

bool is_url(std::string_view text)
{
    size_t i = 0;
    while (i < text.size()
           && (is_alnum(text[i]) || text[i] == '+' || text[i] == '-' || text[i] == '.')) {
        ++i;
    }
    return i > 0 && text.substr(i).starts_with("://");
}

} // namespace

Result<void> error_document(CoreConfig& config, const Words& words)
{
    const long status = leading_number(words[0]);
    if (!is_known_status(status)) return fail("Unsupported HTTP response code " + words[0]);
    using Kind = ErrorDocument::Kind;
    ErrorDocument document;
    const auto& value = words[1];
    if (iequals(value, "default")) {
        config.error_documents[static_cast<int>(status)] = {};
        return {};
    }
    document.value = value;
    document.kind = is_url(value)            ? Kind::external
                    : value.starts_with('/') ? Kind::local
                                             : Kind::text;
    // The 1.3 form: a single quote mark in front of a text.
    if (document.kind == Kind::text && value.starts_with('"')) document.value.erase(0, 1);
    if (status == 401 && document.kind == Kind::external) {
        const auto& position = words.position();
        words.warn(no_full_url_for_401,
                   "AH00113: " + (position.file ? position.file->path : "") + ":"
                       + std::to_string(position.line)
                       + " cannot use a full URL in a 401 ErrorDocument directive --- ignoring!",
                   "ErrorDocument 401 /path-on-this-server");
        return {};
    }
    if (value.find("%{") != value.npos) {
        auto expression = words.text_expression(document.value);
        if (!expression) {
            return fail("Cannot parse expression in ErrorDocument: " + expression.error().text);
        }
        document.expression = std::make_shared<const config::Expression>(std::move(*expression));
    }
    config.error_documents[static_cast<int>(status)] = std::move(document);
    return {};
}

Result<void> file_etag(CoreConfig& config, const Words& words)
{
    struct Component {
        std::string_view name;
        unsigned bits;
    };
    static constexpr Component components[] = {{"INode", 1},  {"MTime", 2}, {"Size", 4},
                                               {"Digest", 8}, {"All", 7},   {"None", 0}};
    bool none = false;
    bool plain = false;
    unsigned explicit_bits = 0;
    for (size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        const char sign = !word.empty() && (word[0] == '+' || word[0] == '-') ? word[0] : '\0';
        if (sign) word.remove_prefix(1);
        const Component* found = nullptr;
        for (const auto& component : components) {
            if (iequals(component.name, word)) found = &component;
        }
        if (!found) {
            return fail("Unknown keyword '" + std::string(word) + "' for FileETag directive");
        }
        if (sign && (found->bits == 0 || found->bits == 7)) {
            return fail("FileETag keyword '" + std::string(found->name)
                        + "' cannot be used with '+' or '-'");
        }
        if (!sign) {
            plain = true;
            none |= found->bits == 0;
            explicit_bits |= found->bits;
            continue;
        }
        auto& to = sign == '+' ? config.file_etag_add : config.file_etag_remove;
        auto& from = sign == '+' ? config.file_etag_remove : config.file_etag_add;
        to = static_cast<uint8_t>(to | found->bits);
        from = static_cast<uint8_t>(from & ~found->bits);
    }
    if (plain) config.file_etag = static_cast<uint8_t>(none ? 0 : explicit_bits);
    return {};
}

Result<void> limit_request_body(CoreConfig& config, const Words& words)
{
    const auto& text = words[0];
    uint64_t value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range
        || value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return fail("LimitRequestBody argument is not parsable.");
    }
    if (error != std::errc{} || stopped != text.data() + text.size()) {
        return fail("LimitRequestBody requires a non-negative integer.");
    }
    config.limit_request_body = value;
    return {};
}

Result<void> limit_xml_request_body(CoreConfig& config, const Words& words)
{
    const long value = leading_number(words[0]);
    if (value < 0) return fail("LimitXMLRequestBody requires a non-negative integer.");
    config.limit_xml_request_body = static_cast<uint64_t>(value);
    return {};
}

namespace {

Result<void> set_range_limit(std::optional<unsigned>& into, const Words& words,
                             unsigned default_value)
{
    if (iequals(words[0], "none")) {
        into = 0;
    } else if (iequals(words[0], "default")) {
        into = default_value;
    } else if (iequals(words[0], "unlimited")) {
        into = unlimited_ranges;
    } else {
        const long number = leading_number(words[0]);
        if (number < 1) {
            return fail(words.name()
                        + " requires 'none', 'default', 'unlimited' or a positive integer");
        }
        into = static_cast<unsigned>(number);
    }
    return {};
}

} // namespace

Result<void> max_ranges(CoreConfig& config, const Words& words)
{
    return set_range_limit(config.max_ranges, words, 200);
}

Result<void> max_range_overlaps(CoreConfig& config, const Words& words)
{
    return set_range_limit(config.max_range_overlaps, words, 20);
}

Result<void> max_range_reversals(CoreConfig& config, const Words& words)
{
    return set_range_limit(config.max_range_reversals, words, 20);
}

} // namespace signet::server::core
