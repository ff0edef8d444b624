// mod_filter: which filters the content passes, decided by the response.
//
//     AddOutputFilterByType DEFLATE text/html text/css
//
//     FilterProvider compress BROTLI_COMPRESS "%{HTTP:Accept-Encoding} =~ /br/"
//     FilterProvider compress DEFLATE         "%{CONTENT_TYPE} =~ m#^text/#"
//     FilterChain compress                    + @ - = ! change the chain of outer sections
//
// A smart filter has providers, real filters with a condition each; the one whose condition holds
// runs, the last written first. They run for status 200 only, except with the variable
// filter-errordocs.
// https://httpd.apache.org/docs/2.4/mod/mod_filter.html
#include "base/text.h"
#include "config/expression.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/filter_chain.h"
#include "server/request.h"
#include "server/request_expression.h"

#include <algorithm>

namespace signet::mod_filter {
namespace {

using config::allowed_everywhere, config::override_file_info, config::override_options;
using server::BodyFilter, server::FilterRank, server::Outcome, server::Request, server::Response,
    server::ResponseSink, server::Takes, server::Words;

enum Protocol : uint8_t { // FilterProtocol
    changes = 1,
    changes_length = 2,
    no_byte_ranges = 4,
    no_proxy = 8,
    transforms = 16,
    no_cache = 32,
};

struct Provider {
    std::string name;
    std::shared_ptr<const config::Expression> condition;
    std::vector<std::string> types; // AddOutputFilterByType, when there is no condition
    uint8_t protocol = 0;
};

struct SmartFilter {
    FilterRank rank = FilterRank::resource;
    std::vector<Provider> providers; // in the order of the configuration
    uint8_t protocol = 0;
};

struct Config {
    CaseInsensitiveMap<SmartFilter> filters;
    std::vector<std::string> chain; // "" empties what stands before it
};

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    for (const auto& [name, filter] : inner.filters) merged.filters.insert_or_assign(name, filter);
    merged.chain.insert(merged.chain.end(), inner.chain.begin(), inner.chain.end());
    return merged;
}

const server::OutputFilterProvider* find_provider(const server::Configuration& configuration,
                                                  std::string_view name)
{
    const auto& known = configuration.providers->output_filters;
    const auto found = std::ranges::find_if(
        known, [&](const server::OutputFilterProvider& one) { return iequals(one.name, name); });
    return found == known.end() ? nullptr : &*found;
}

Result<void> declare(Config& config, const Words& words)
{
    SmartFilter& filter = config.filters[words[0]];
    if (words.size() > 1) {
        filter.rank = iequals(words[1], "CONTENT_SET") ? FilterRank::content_set
                      : iequals(words[1], "RESOURCE")  ? FilterRank::resource
                                                       : FilterRank::transcode;
    }
    return {};
}

Result<void> provide(Config& config, const Words& words)
{
    if (!find_provider(words.configuration(), words[1]))
        return fail("Unknown filter provider " + words[1]);
    auto condition = config::Expression::compile_condition(words[2]);
    if (!condition)
        return fail("Error parsing FilterProvider expression:" + condition.error().text);
    config.filters[words[0]].providers.push_back(
        {.name = words[1],
         .condition = std::make_shared<const config::Expression>(std::move(*condition))});
    return {};
}

Result<void> chain(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word.empty()) continue;
        const std::string name = word.substr(1);
        switch (word[0]) {
        case '+': config.chain.push_back(name); break;
        case '@': config.chain.insert(config.chain.begin(), name); break;
        case '-':
            std::erase_if(config.chain, [&](const auto& one) { return iequals(one, name); });
            break;
        case '!': config.chain = {""}; break;
        case '=': config.chain = {"", name}; break;
        default: config.chain.push_back(word); break;
        }
    }
    return {};
}

Result<void> by_type(Config& config, const Words& words)
{
    if (words.size() < 2) return fail("AddOutputFilterByType requires at least two arguments");
    if (words.size() < 2) return fail("AddOutputFilterByType requires at least two arguments");
    for (const auto name : split(words[0], ';')) {
        if (name.empty()) continue;
        if (!find_provider(words.configuration(), name))
            return fail("Unknown filter provider " + std::string(name));
        const std::string smart = "BYTYPE:" + std::string(name);
        if (!config.filters.contains(smart)) config.chain.push_back(smart);
        Provider provider{.name = std::string(name)};
        for (size_t i = 1; i < words.size(); ++i) provider.types.push_back(words[i]);
        config.filters[smart].providers.push_back(std::move(provider));
    }
    return {};
}

uint8_t read_protocol(std::string_view text)
{
    uint8_t flags = 0;
    std::string flat(text);
    std::ranges::replace(flat, ',', ' ');
    for (const auto word : split_words(flat)) {
        if (iequals(word, "change=yes")) flags |= changes | changes_length;
        if (iequals(word, "change=1:1")) flags |= changes;
        if (iequals(word, "byteranges=no")) flags |= no_byte_ranges;
        if (iequals(word, "proxy=no")) flags |= no_proxy;
        if (iequals(word, "proxy=transform")) flags |= transforms;
        if (iequals(word, "cache=no")) flags |= no_cache;
    }
    return flags;
}

Result<void> protocol(Config& config, const Words& words)
{
    const auto found = config.filters.find(words[0]);
    if (found == config.filters.end()) return fail("FilterProtocol: No such filter");
    const uint8_t flags = read_protocol(words[words.size() - 1]);
    if (words.size() == 2) {
        found->second.protocol = flags;
        return {};
    }
    bool known = false;
    for (auto& provider : found->second.providers) {
        if (!iequals(provider.name, words[1])) continue;
        provider.protocol = flags;
        known = true;
    }
    if (!known) return fail("FilterProtocol: No such provider for this filter");
    return {};
}

// Apache's FilterTrace is a debugging aid of its filter's authors.
Result<void> trace(Config&, const Words&)
{
    return {};
}

// Becomes the first provider whose condition holds, when the head of the response is known.
class Harness final : public BodyFilter {
public:
    Harness(const SmartFilter& filter)
        : filter_(filter)
    {
    }

    bool begin(Request& request, Response& response, bool first) override
    {
        const bool usual = response.status == 200 || response.status == 304;
        if (!usual && !request.env.has("filter-errordocs")) return false;
        for (size_t i = filter_.providers.size(); i-- > 0;) {
            const Provider& provider = filter_.providers[i];
            if (!holds(provider, request, response)) continue;
            const auto* known = find_provider(*request.configuration, provider.name);
            filter_in_use_ = known->make(request);
            if (!filter_in_use_->begin(request, response, first)) return false;
            apply(static_cast<uint8_t>(provider.protocol | filter_.protocol), response);
            return true;
        }
        return false;
    }
    Result<void> write(std::string_view bytes, ResponseSink& next) override
    {
        return filter_in_use_->write(bytes, next);
    }
    Result<void> finish(ResponseSink& next) override { return filter_in_use_->finish(next); }

private:
    static bool holds(const Provider& provider, Request& request, const Response& response)
    {
        if (provider.condition) {
            server::RequestExpression context(request);
            const auto result = provider.condition->test(context);
            if (!result) {
                server::log_event(request, {.module = "filter",
                                            .apache_id = "AH01379",
                                            .text = "Error evaluating filter dispatch condition: "
                                                    + result.error().text});
            }
            return result.value_or(false);
        }
        const auto type =
            response.content_type.substr(0, response.content_type.find_first_of("; \t"));
        return !type.empty() && std::ranges::any_of(provider.types, [&](const std::string& one) {
            return one == "*" || one == "*/*" || iequals(one, type);
        });
    }

    static void apply(uint8_t flags, Response& response)
    {
        if (flags & changes) response.headers.remove("Content-MD5");
        if (flags & changes_length) response.headers.remove("Content-Length");
        if (flags & no_byte_ranges) response.headers.remove("Accept-Ranges");
        if (flags & no_cache) {
            response.headers.remove("Last-Modified");
            response.headers.add("Cache-Control", "no-cache");
        }
    }

    const SmartFilter& filter_;
    std::unique_ptr<BodyFilter> filter_in_use_;
};

FilterRank rank_of(const SmartFilter& filter, const server::Configuration& configuration)
{
    // A smart filter that nobody declared stands where its provider would.
    const auto* first = filter.providers.empty()
                            ? nullptr
                            : find_provider(configuration, filter.providers.front().name);
    return first && filter.rank == FilterRank::resource ? first->rank : filter.rank;
}

Outcome insert_chain(const Config& config, Request& request, Response& response)
{
    auto from = std::ranges::find(config.chain.rbegin(), config.chain.rend(), "").base();
    for (; from != config.chain.end(); ++from) {
        const auto found = config.filters.find(*from);
        if (found == config.filters.end()) {
            // Any real filter may be in a chain, too.
            if (find_provider(*request.configuration, *from)) {
                add_filter(request, response, *from);
                continue;
            }
            server::log_event(request,
                              {.module = "filter",
                               .apache_id = "AH01380",
                               .text = request.arena.join("Unknown filter ", *from, " not added")});
            continue;
        }
        for (const auto& provider : found->second.providers) {
            const auto* known = find_provider(*request.configuration, provider.name);
            if (known->expect) known->expect(request);
        }
        if (!response.filters)
            response.filters = std::make_unique<server::FilterChain>(request, response);
        response.filters->add(std::make_unique<Harness>(found->second),
                              rank_of(found->second, *request.configuration));
    }
    return Outcome::ok;
}

bool has_chain(const Config& config)
{
    return !config.chain.empty() && !(config.chain.size() == 1 && config.chain[0].empty());
}

constexpr server::Directive<Config> directives[] = {
    {"FilterDeclare", Takes::one_or_two, declare, allowed_everywhere, override_options,
     "a name for a smart filter and perhaps its type"},
    {"FilterProvider", Takes::three, provide, allowed_everywhere, override_options,
     "a smart filter, a filter, and the condition under which it runs"},
    {"FilterChain", Takes::iterate, chain, allowed_everywhere, override_options,
     "filters, each perhaps with + @ - = or !"},
    {"FilterProtocol", Takes::two_or_three, protocol, allowed_everywhere, override_options,
     "a smart filter, perhaps one of its providers, and what it does to the response"},
    {"AddOutputFilterByType", Takes::raw, by_type, allowed_everywhere, override_file_info,
     "filters separated by semicolons, and media types"},
    {"FilterTrace", Takes::two, trace, config::allowed_server | config::in_directory,
     config::override_none, "a smart filter and a level"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::filters, server::Order::middle, insert_chain, has_chain},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("filter_module", "mod_filter.c", directives, hooks);
}

} // namespace signet::mod_filter

namespace signet::modules {

server::Module mod_filter()
{
    return mod_filter::module();
}

} // namespace signet::modules
