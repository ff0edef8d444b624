// The fields of a message head, in order. Names compare case-insensitively (RFC 9110 §5.1).
#pragma once
#include "base/arena.h"

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace signet::http {

// Views into the request's arena (or static text): whoever adds a field keeps its bytes alive.
struct Field {
    std::string_view name;
    std::string_view value;
};

// A flat list: messages have few fields, and a linear scan over lengths beats a table.
// `clear` keeps the capacity, so a kept-alive connection's next request does not allocate.
class Headers {
public:
    void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }
    // Replaces every field of that name with one; keeps the first one's place.
    void set(std::string_view name, std::string_view value);
    // Removes all fields of that name; returns how many.
    size_t remove(std::string_view name);
    void clear() { fields_.clear(); }

    // The first field of that name, or nothing.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
    [[nodiscard]] size_t count(std::string_view name) const;
    // True when a comma-separated list field contains the token, ignoring case.
    [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;

    // Joins fields of one name to "first, second" in the first one's place (RFC 9110 §5.3).
    void join_repeated(Arena& arena);

    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }
    [[nodiscard]] auto begin() { return fields_.begin(); }
    [[nodiscard]] auto end() { return fields_.end(); }
    [[nodiscard]] size_t size() const { return fields_.size(); }
    [[nodiscard]] bool empty() const { return fields_.empty(); }

private:
    std::vector<Field> fields_;
};

} // namespace signet::http
