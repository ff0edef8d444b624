#include "modules/mod_negotiation/type_map.h"

#include "base/text.h"

#include <algorithm>

namespace signet::mod_negotiation {
namespace {

// Apache's buffer: a line, and a body with its end tag, are not longer.
constexpr size_t buffer_size = 8192;

class MapParser {
public:
    MapParser(std::string_view text, std::string_view path, std::string_view name, Arena& arena)
        : rest_(text)
        , path_(path)
        , name_(name)
        , arena_(arena)
    {
    }

    TypeMap run()
    {
        while (map_.apache_id.empty()) {
            const auto line = next_line();
            if (!line || is_blank_line(*line)) {
                finish_variant();
                if (!line) break;
                continue;
            }
            // What follows "Body:" is the body.
            const auto more = istarts_with(*line, "body:") ? "" : continuations();
            read_field(arena_.join(*line, more));
        }
        return std::move(map_);
    }

private:
    static bool is_blank_line(std::string_view line) { return std::ranges::all_of(line, is_space); }

    // With its line feed; nothing at the end. Comments are left out.
    std::optional<std::string_view> next_line()
    {
        while (!rest_.empty()) {
            const auto line = take_line();
            if (!line.starts_with('#')) return line;
        }
        return std::nullopt;
    }
    // What stands behind the end tag on its line means nothing.
    void skip_line()
    {
        const size_t end = rest_.find('\n');
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    }
    std::string_view take_line()
    {
        const size_t end = std::min({rest_.find('\n'), rest_.size() - 1, buffer_size - 2}) + 1;
        const auto line = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return line;
    }

    // The lines that begin with white space belong to the one before.
    std::string_view continuations()
    {
        std::string_view all;
        while (!rest_.empty()) {
            if (rest_.front() == '#') {
                (void)take_line();
                continue;
            }
            const size_t end = rest_.find('\n');
            const auto line = rest_.substr(0, end);
            if (!is_space(rest_.front()) || is_blank_line(line)) break;
            if (all.size() + line.size() > buffer_size) break;
            rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
            all = arena_.join(all, line.substr(line.find_first_not_of(" \t\r\v\f")), "\n");
        }
        return all;
    }

    void finish_variant()
    {
        if (!variant_.file_name.empty() && has_content_) map_.variants.push_back(variant_);
        variant_ = {};
        has_content_ = false;
    }

    void stop(std::string_view apache_id, std::string message, bool useless = false)
    {
        map_.apache_id = apache_id;
        map_.message = std::move(message);
        map_.is_useless = useless;
    }

    // (Comments) become blanks.
    static std::string without_comments(std::string_view text)
    {
        std::string plain;
        bool inside = false;
        for (const char c : text) {
            if (c == '(') inside = true;
            plain += inside ? ' ' : c;
            if (c == ')') inside = false;
        }
        return plain;
    }

    void read_field(std::string_view line)
    {
        const size_t colon = line.find(':');
        std::string name = lowercase(line.substr(0, colon));
        if (colon == line.npos) {
            return stop("AH00681",
                        "Syntax error in type map, no ':' in " + std::string(path_) + " for header "
                            + name,
                        true);
        }
        auto value = line.substr(colon + 1);
        while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
        if (value.empty()) {
            return stop("AH00682",
                        "Syntax error in type map --- no header body: " + std::string(path_)
                            + " for " + name + std::string(line.substr(colon)),
                        true);
        }
        set(name, arena_.copy(without_comments(value)));
    }

    void set(std::string_view name, std::string_view value)
    {
        if (name == "uri") {
            variant_.file_name = take_token(value);
        } else if (name == "description") {
            describe(value);
        } else if (name == "body") {
            read_body(value);
        } else if (name == "content-type") {
            variant_.set_type(take_wish(value, arena_));
            has_content_ = true;
        } else if (name == "content-length") {
            const auto text = take_token(value);
            const auto length = parse_number<int64_t>(text);
            if (!length || *length < 0) {
                return stop("AH00684", "Parse error in type map, Content-Length: '"
                                           + std::string(text) + "' in " + std::string(path_)
                                           + " is invalid.");
            }
            variant_.length = *length;
            has_content_ = true;
        } else if (name == "content-language") {
            variant_.languages.clear();
            while (!value.empty()) {
                variant_.languages.push_back(arena_.copy(lowercase(take_token(value))));
                if (value.starts_with(',') || value.starts_with(';')) value.remove_prefix(1);
            }
            has_content_ = true;
        } else if (name == "content-encoding") {
            variant_.encoding = take_token(value);
            has_content_ = true;
        }
    }

    // In one line, without the last line's end.
    void describe(std::string_view value)
    {
        std::string text(value.substr(0, value.size() - 1));
        std::ranges::replace(text, '\n', ' ');
        variant_.description = arena_.copy(text);
    }

    void read_body(std::string_view tag)
    {
        while (!tag.empty() && is_space(tag.back())) tag.remove_suffix(1);
        const auto window = rest_.substr(0, buffer_size - std::min(tag.size(), buffer_size));
        const size_t end = window.find(tag);
        if (end == window.npos) {
            return stop("AH00685", "Syntax error in type map, no end tag '" + std::string(tag)
                                       + "' found in " + std::string(path_)
                                       + " for Body: content.");
        }
        variant_.body = rest_.substr(0, end);
        variant_.length = static_cast<int64_t>(end);
        variant_.file_name = name_;
        rest_.remove_prefix(end + tag.size());
        skip_line();
    }

    std::string_view rest_;
    std::string_view path_;
    std::string_view name_;
    Arena& arena_;
    TypeMap map_;
    Variant variant_{};
    bool has_content_ = false;
};

} // namespace

TypeMap parse_type_map(std::string_view text, std::string_view path, std::string_view name,
                       Arena& arena)
{
    return MapParser(text, path, name, arena).run();
}

} // namespace signet::mod_negotiation
