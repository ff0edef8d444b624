#include "http/conditional.h"

#include "base/text.h"
#include "http/date.h"
#include "http/etag.h"

namespace signet::http {

namespace {

// A date younger than this may not tell two versions apart, so it is a weak validator.
constexpr int64_t weak_seconds = 60;

// Every condition of a request, found in one walk: most requests have none.
struct Conditions {
    bool if_match = false;
    bool if_none_match = false;
    std::optional<std::string_view> if_modified_since{};
    std::optional<std::string_view> if_unmodified_since{};
    bool range = false;
    bool any = false;

    explicit Conditions(const Headers& request)
    {
        for (const Field& field : request) {
            if (field.name.size() < 5) continue;
            const char first = to_lower(field.name.front());
            if (first == 'r' && iequals(field.name, "Range")) range = true;
            if (first != 'i' || !istarts_with(field.name, "If-")) continue;
            any = true;
            if (iequals(field.name, "If-Match"))
                if_match = true;
            else if (iequals(field.name, "If-None-Match"))
                if_none_match = true;
            else if (iequals(field.name, "If-Modified-Since"))
                if_modified_since = field.value;
            else if (iequals(field.name, "If-Unmodified-Since"))
                if_unmodified_since = field.value;
        }
    }
};

// Whether the lists of that name hold the tag; repeated fields are one list.
bool any_list_holds(const Headers& request, std::string_view name, std::string_view tag,
                    TagMatch how)
{
    bool first = true;
    for (const Field& field : request) {
        if (!iequals(field.name, name)) continue;
        if (first && is_any_tag(field.value)) return true;
        first = false;
        if (!tag.empty() && list_holds_tag(field.value, tag, how)) return true;
    }
    return false;
}

enum class Verdict : uint8_t { absent, holds, fails };

// Whether the representation is unchanged since the client's date.
Verdict modified_since(const Conditions& conditions, const Validators& validators, int64_t now)
{
    if (!conditions.if_modified_since) return Verdict::absent;
    const int64_t modified = validators.modified.value_or(now);
    const auto since = parse_date(*conditions.if_modified_since);
    // A date in the future is not believed (RFC 9110 §13.1.3 leaves that to the server).
    if (!since || *since < modified || *since > now) return Verdict::fails;
    if (now < modified + weak_seconds && conditions.range) return Verdict::fails;
    return Verdict::holds;
}

bool modified_after_limit(const Conditions& conditions, const Validators& validators, int64_t now)
{
    if (!conditions.if_unmodified_since) return false;
    const int64_t modified = validators.modified.value_or(now);
    const auto limit = parse_date(*conditions.if_unmodified_since);
    if (!limit || modified <= *limit) return false;
    return now >= modified + weak_seconds || !conditions.range;
}

} // namespace

int evaluate_conditions(const Headers& request, bool is_get, const Validators& validators,
                        int64_t now)
{
    const Conditions conditions(request);
    if (!conditions.any) return 0;
    if (conditions.if_match
        && !any_list_holds(request, "If-Match", validators.etag, TagMatch::strong)) {
        return 412;
    }
    if (modified_after_limit(conditions, validators, now)) return 412;

    bool changed = false;
    bool unchanged = false;
    if (conditions.if_none_match) {
        const auto how = is_get && !conditions.range ? TagMatch::weak : TagMatch::strong;
        if (!any_list_holds(request, "If-None-Match", validators.etag, how))
            changed = true;
        else if (!is_get)
            return 412;
        else
            unchanged = true;
    }
    if (is_get) {
        const Verdict since = modified_since(conditions, validators, now);
        if (since == Verdict::fails) changed = true;
        if (since == Verdict::holds) unchanged = true;
    }
    return unchanged && !changed ? 304 : 0;
}

bool if_range_holds(const Headers& request, const Validators& validators, int64_t now)
{
    const auto condition = request.find("If-Range");
    if (!condition) return true;
    if (condition->starts_with('"')) return tags_match_strongly(*condition, validators.etag);
    if (is_weak_tag(*condition)) return false;
    const auto date = parse_date(*condition);
    return date && validators.modified && *date == *validators.modified
           && now >= *validators.modified + weak_seconds;
}

} // namespace signet::http
