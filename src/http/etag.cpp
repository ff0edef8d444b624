#include "http/etag.h"

#include "http/token.h"

namespace signet::http {

namespace {

std::string_view opaque_part(std::string_view tag)
{
    return tag.substr(is_weak_tag(tag) ? 2 : 0);
}

// The size of a quoted string at the front, quotes included, or 0 when it is not closed.
size_t quoted_size(std::string_view text)
{
    for (size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            return i + 1;
    }
    return 0;
}

} // namespace

bool tags_match_strongly(std::string_view a, std::string_view b)
{
    return !is_weak_tag(a) && !is_weak_tag(b) && a == b;
}

bool tags_match_weakly(std::string_view a, std::string_view b)
{
    return opaque_part(a) == opaque_part(b);
}

bool list_holds_tag(std::string_view list, std::string_view tag, TagMatch how)
{
    while (true) {
        while (!list.empty() && (is_blank(list.front()) || list.front() == ',')) {
            list.remove_prefix(1);
        }
        if (list.empty()) return false;
        const size_t prefix = is_weak_tag(list) ? 2 : 0;
        if (prefix != 0 && how == TagMatch::strong) return false;
        size_t end = prefix;
        while (end < list.size() && list[end] == '"') { // "a""b" is one odd element to Apache
            const size_t size = quoted_size(list.substr(end));
            // mod_negotiation's tags are not closed either; only the whole rest can be such a tag.
            if (size == 0) {
                return how == TagMatch::strong ? tags_match_strongly(list, tag)
                                               : tags_match_weakly(list, tag);
            }
            end += size;
        }
        if (end == prefix) return false;
        const auto element = list.substr(0, end);
        list = trim_leading_blanks(list.substr(end));
        if (!list.empty() && list.front() != ',') return false;
        const bool matches = how == TagMatch::strong ? tags_match_strongly(element, tag)
                                                     : tags_match_weakly(element, tag);
        if (matches) return true;
    }
}

} // namespace signet::http
