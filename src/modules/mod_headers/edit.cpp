#include "modules/mod_headers/edit.h"

#include "base/text.h"
#include "server/request.h"
#include "server/response.h"

namespace signet::mod_headers {

bool has_element(std::string_view list, std::string_view element)
{
    size_t start = 0;
    bool quoted = false;
    for (size_t i = 0; i <= list.size(); ++i) {
        if (i < list.size() && quoted && list[i] == '\\') {
            ++i;
            continue;
        }
        if (i < list.size() && list[i] == '"') quoted = !quoted;
        if (i < list.size() && (quoted || list[i] != ',')) continue;
        if (trim(list.substr(start, i - start)) == element) return true;
        start = i + 1;
    }
    return false;
}

void Target::append(std::string_view field, std::string_view value)
{
    for (auto& existing : fields) {
        if (iequals(existing.name, field)) {
            existing.value = request.arena.join(existing.value, ", ", value);
            return;
        }
    }
    fields.add(field, value);
}

std::string_view Target::edited(const Change& change, std::string_view value) const
{
    std::string result;
    bool changed = false;
    while (true) {
        config::Captures captures;
        if (!change.pattern->match(value, captures)) break;
        changed = true;
        const auto whole = captures.groups[0];
        const auto at = static_cast<size_t>(whole.data() - value.data());
        result += value.substr(0, at);
        result += config::substitute(change.value.text(request), captures);
        value.remove_prefix(at + whole.size());
        if (change.action != Action::edit_all) break;
        // An empty match would match again at the same place.
        if (whole.empty()) {
            if (value.empty()) break;
            result += value.front();
            value.remove_prefix(1);
        }
    }
    if (!changed) return value;
    result += value;
    return request.arena.copy(result);
}

void Target::edit(const Change& change)
{
    for (auto& field : fields) {
        if (iequals(field.name, change.field)) field.value = edited(change, field.value);
    }
}

// Content-Type is not among the fields: what handlers and mod_mime say stands in the response.
void Target::apply_to_content_type(const Change& change)
{
    auto& type = response->content_type;
    auto& charset = response->charset;
    switch (change.action) {
    case Action::unset: type = {}; break;
    case Action::set_if_empty:
        if (!type.empty()) return;
        [[fallthrough]];
    case Action::set:
    case Action::add: type = change.value.text(request); break;
    case Action::append:
    case Action::merge: return;
    case Action::edit:
    case Action::edit_all: {
        if (type.empty()) return;
        const auto full = charset.empty() ? type : request.arena.join(type, "; charset=", charset);
        type = edited(change, full);
        break;
    }
    case Action::echo:
    case Action::note: return;
    }
    charset = {};
}

void Target::apply(const Change& change)
{
    if (response && change.action != Action::echo && change.action != Action::note
        && iequals(change.field, "Content-Type")) {
        apply_to_content_type(change);
        return;
    }
    switch (change.action) {
    case Action::set: fields.set(change.field, change.value.text(request)); break;
    case Action::set_if_empty:
        if (!fields.has(change.field)) fields.set(change.field, change.value.text(request));
        break;
    case Action::append: append(change.field, change.value.text(request)); break;
    case Action::merge: {
        const auto value = change.value.text(request);
        const auto existing = fields.find(change.field);
        if (!existing || !has_element(*existing, value)) append(change.field, value);
        break;
    }
    case Action::add: fields.add(change.field, change.value.text(request)); break;
    case Action::unset: fields.remove(change.field); break;
    case Action::edit:
    case Action::edit_all: edit(change); break;
    case Action::echo:
        for (const auto& field : request.headers) {
            if (change.pattern->matches(field.name)) fields.add(field.name, field.value);
        }
        break;
    case Action::note:
        if (const auto value = fields.find(change.field)) {
            request.notes.set(change.value.text(request), *value);
        }
        break;
    }
}

} // namespace signet::mod_headers
