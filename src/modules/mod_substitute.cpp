// mod_substitute: searches and replaces in what is sent, line by line.
//
//     AddOutputFilterByType SUBSTITUTE text/html
//     Substitute "s/foo/bar/i"          i: ignore case; n: a fixed text, no regular expression
//     Substitute "s|http://old|https://new|n"
//
//     SubstituteMaxLineLength 1m        a longer line ends the answer with an error
//     SubstituteInheritBefore on        outer sections' rules before one's own
//
// What one rule with q (quick) has replaced is apart from its line for the rules after it; f, the
// default, puts the line together again.
// https://httpd.apache.org/docs/2.4/mod/mod_substitute.html
#include "base/text.h"
#include "config/regex.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/filter_chain.h"
#include "server/request.h"
#include "server/scope.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace signet::mod_substitute {
namespace {

using config::allowed_everywhere, config::override_file_info;
using server::BodyFilter, server::FilterRank, server::Request, server::Response,
    server::ResponseSink, server::Takes, server::Words;

constexpr int line_too_long = 902;

struct Rule {
    std::shared_ptr<const config::Regex> regex; // null: a fixed text
    std::string text;
    bool ignore_case = false;
    std::string replacement;
    bool flatten = true;
};

struct Config {
    std::vector<Rule> rules;
    std::optional<uint64_t> longest_line;
    std::optional<bool> inherit_before;
};

Config merge(const Config& outer, const Config& inner)
{
    Config merged = inner;
    if (!merged.longest_line) merged.longest_line = outer.longest_line;
    if (!merged.inherit_before) merged.inherit_before = outer.inherit_before;
    const bool before = merged.inherit_before.value_or(false);
    merged.rules.insert(before ? merged.rules.begin() : merged.rules.end(), outer.rules.begin(),
                        outer.rules.end());
    return merged;
}

// s/from/to/flags with any delimiter, which nothing escapes.
Result<void> substitute(Config& config, const Words& words)
{
    std::string_view line = words[0];
    if (line.empty() || to_lower(line[0]) != 's')
        return fail("Bad Substitute format, must be an s/// pattern");
    const char delimiter = line.size() > 1 ? line[1] : '\0';
    const size_t second = line.size() > 2 ? line.find(delimiter, 2) : line.npos;
    if (delimiter == '\0' || second == line.npos || second == 2)
        return fail("Bad Substitute format, must be a complete s/// pattern");
    const auto from = line.substr(2, second - 2);
    const size_t third = line.find(delimiter, second + 1);
    Rule rule{.text = std::string(from)};
    rule.replacement = line.substr(second + 1, third == line.npos ? third : third - second - 1);
    bool is_fixed = false;
    for (const char c : third == line.npos ? std::string_view() : line.substr(third + 1)) {
        switch (to_lower(c)) {
        case 'i': rule.ignore_case = true; break;
        case 'n': is_fixed = true; break;
        case 'f': rule.flatten = true; break;
        case 'q': rule.flatten = false; break;
        default: return fail("Bad Substitute flag, only s///[infq] are supported");
        }
    }
    if (!is_fixed) {
        auto regex = words.regex(from, rule.ignore_case);
        if (!regex) return fail("Substitute could not compile regex");
        rule.regex = std::make_shared<const config::Regex>(std::move(*regex));
    }
    config.rules.push_back(std::move(rule));
    return {};
}

Result<void> longest_line(Config& config, const Words& words)
{
    std::string_view text = words[0];
    unsigned shift = 0;
    if (!text.empty() && !is_digit(text.back())) {
        const size_t unit = std::string_view("bkmg").find(to_lower(text.back()));
        shift = unit == std::string_view::npos ? 64 : static_cast<unsigned>(unit) * 10;
        text.remove_suffix(1);
    }
    const auto number = parse_number<uint64_t>(text);
    if (!number || shift > 30 || *number > (uint64_t{1} << 62) >> shift) {
        return fail("SubstituteMaxLineLength must be a non-negative integer optionally suffixed "
                    "with 'b', 'k', 'm' or 'g'.");
    }
    config.longest_line = *number << shift;
    return {};
}

Result<void> inherit_before(Config& config, const Words& words)
{
    config.inherit_before = words.on();
    return {};
}

// A line and the rules that it goes through.
class Line {
public:
    Line(const std::vector<Rule>& rules, uint64_t longest)
        : rules_(rules)
        , longest_(longest)
    {
    }

    // False: it has become too long, or a pattern matches nothing again and again.
    bool change(std::string_view line)
    {
        parts_.assign(1, std::string(line));
        for (const Rule& rule : rules_) {
            // Where there is no other rule, nobody sees the difference.
            const bool flatten = rule.flatten || rules_.size() == 1;
            std::vector<std::string> changed;
            for (std::string& part : parts_) {
                if (!apply(rule, part, flatten, changed)) return false;
            }
            parts_ = std::move(changed);
        }
        return true;
    }
    [[nodiscard]] const std::vector<std::string>& parts() const { return parts_; }

private:
    bool apply(const Rule& rule, std::string& part, bool flatten, std::vector<std::string>& out)
    {
        std::string_view rest = part;
        std::string whole;
        size_t start = 0;
        size_t size = 0;
        std::string replacement;
        bool found = false;
        uint64_t made = 0;
        while (find(rule, rest, start, size, replacement)) {
            found = true;
            made += start + replacement.size();
            if (made >= longest_) return false;
            if (flatten) {
                whole.append(rest, 0, start).append(replacement);
            } else {
                if (start > 0) out.emplace_back(rest.substr(0, start));
                out.push_back(replacement);
            }
            rest.remove_prefix(start + size);
        }
        if (!found) {
            out.push_back(std::move(part));
        } else if (flatten) {
            out.push_back(whole.append(rest));
        } else {
            out.emplace_back(rest);
        }
        return true;
    }

    static bool find(const Rule& rule, std::string_view text, size_t& start, size_t& size,
                     std::string& replacement)
    {
        if (rule.regex) {
            config::Captures captures;
            if (!rule.regex->match(text, captures)) return false;
            start = static_cast<size_t>(captures.groups[0].data() - text.data());
            size = captures.groups[0].size();
            replacement = config::substitute(rule.replacement, captures);
            return true;
        }
        start = rule.ignore_case ? ifind(text, rule.text) : text.find(rule.text);
        size = rule.text.size();
        replacement = rule.replacement;
        return start != text.npos;
    }

    const std::vector<Rule>& rules_;
    uint64_t longest_;
    std::vector<std::string> parts_;
};

class Substitute final : public BodyFilter {
public:
    explicit Substitute(const Config& config)
        : longest_(config.longest_line.value_or(uint64_t{1} << 20))
        , line_(config.rules, longest_)
    {
    }

    bool begin(Request& request, Response& response, bool) override
    {
        if (response.status == 304) return false;
        request_ = &request;
        response.headers.remove("Content-Length");
        return true;
    }

    // What is a whole line leaves with this piece: then nobody knows how much there will be.
    Result<void> write(std::string_view bytes, ResponseSink& next) override
    {
        std::string changed;
        while (!bytes.empty()) {
            const size_t end = bytes.find('\n');
            const auto piece = bytes.substr(0, end == bytes.npos ? end : end + 1);
            bytes.remove_prefix(piece.size());
            if (end == piece.npos || !begun_.empty()) {
                begun_ += piece;
                if (begun_.size() > longest_) return too_long();
                if (end == piece.npos) break;
            }
            if (auto done = add_line(begun_.empty() ? piece : begun_, changed); !done) return done;
            begun_.clear();
            if (changed.size() < most_at_once) continue;
            if (auto sent = next.write(changed); !sent) return sent;
            changed.clear();
        }
        return changed.empty() ? Result<void>() : next.write(changed);
    }

    Result<void> finish(ResponseSink& next) override
    {
        std::string changed;
        if (!begun_.empty()) {
            if (auto done = add_line(begun_, changed); !done) return done;
        }
        return next.write(changed);
    }

private:
    static constexpr size_t most_at_once = size_t{64} * 1024;

    Result<void> add_line(std::string_view line, std::string& out)
    {
        if (!line_.change(line)) return too_long();
        for (const auto& part : line_.parts()) out += part;
        return {};
    }

    Result<void> too_long() const
    {
        server::log_event(*request_,
                          {.module = "substitute", .apache_id = "AH01328", .id = line_too_long},
                          "Line too long, URI ", request_->uri);
        return fail("a line is too long for Substitute");
    }

    uint64_t longest_;
    Line line_;
    Request* request_ = nullptr;
    std::string begun_; // a line whose end has not come yet
};

std::unique_ptr<BodyFilter> make_substitute(Request& request)
{
    const auto* module = request.configuration->find_module("substitute_module");
    return std::make_unique<Substitute>(
        *static_cast<const Config*>(request.scope->config(module->index)));
}

void expect_substitute(Request& request)
{
    request.response->ignores_ranges = true;
}

constexpr server::Directive<Config> directives[] = {
    {"Substitute", Takes::one, substitute, allowed_everywhere, override_file_info,
     "s/pattern/replacement/flags"},
    {"SubstituteMaxLineLength", Takes::one, longest_line, allowed_everywhere, override_file_info,
     "a number of bytes, perhaps with b, k, m or g"},
    {"SubstituteInheritBefore", Takes::flag, inherit_before, allowed_everywhere, override_file_info,
     "On or Off"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("substitute_module", "mod_substitute.c", directives,
                                                {});
}

std::vector<server::OutputFilterProvider> filters()
{
    return {{"SUBSTITUTE", FilterRank::resource, make_substitute, expect_substitute}};
}

} // namespace signet::mod_substitute

namespace signet::modules {

server::Module mod_substitute()
{
    return mod_substitute::module();
}

std::vector<server::OutputFilterProvider> substitute_filters()
{
    return mod_substitute::filters();
}

} // namespace signet::modules
