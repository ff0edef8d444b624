// mod_deflate: sends content compressed to clients that accept gzip.
//
//     AddOutputFilterByType DEFLATE text/html text/css application/javascript
//     DeflateCompressionLevel 6               1 (fast) to 9 (small)
//     SetEnvIfNoCase Request_URI "\.(png|jpe?g)$" no-gzip
//
// The filter DEFLATE compresses, INFLATE unpacks. Variables: no-gzip, force-gzip,
// gzip-only-text/html. An entity tag gets the suffix -gzip, and is understood with it; where
// DeflateAlterETag is written, Apache's behaviour holds, which never answers such a tag with 304.
// Small files are compressed once per worker and kept beside their content.
// Request bodies are not unpacked: DeflateInflate… are read without effect.
// https://httpd.apache.org/docs/2.4/mod/mod_deflate.html
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_deflate/filters.h"
#include "server/configuration.h"
#include "server/scope.h"

namespace signet::mod_deflate {
namespace {

using config::allowed_everywhere, config::allowed_server, config::override_all,
    config::override_none;
using server::FilterRank, server::Takes, server::Words;

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    const auto take = [](auto& into, const auto& from) {
        if (from) into = from;
    };
    take(merged.level, inner.level);
    take(merged.window, inner.window);
    take(merged.memory, inner.memory);
    take(merged.buffer_size, inner.buffer_size);
    take(merged.etag, inner.etag);
    take(merged.input_note, inner.input_note);
    take(merged.output_note, inner.output_note);
    take(merged.ratio_note, inner.ratio_note);
    return merged;
}

// As C's atoi reads it.
int number_of(const Words& words)
{
    int value = 0;
    std::from_chars(words[0].data(), words[0].data() + words[0].size(), value);
    return value;
}

Result<void> buffer_size(Config& config, const Words& words)
{
    const int value = number_of(words);
    if (value <= 0) return fail("DeflateBufferSize should be positive");
    config.buffer_size = static_cast<size_t>(value);
    return {};
}

template <std::optional<int> Config::*setting, int least, int most>
Result<void> in_range(Config& config, const Words& words)
{
    const int value = number_of(words);
    if (value < least || value > most) {
        const std::string name =
            words.name() == "DeflateCompressionLevel" ? "Compression Level" : words.name();
        return fail(name + " must be between " + std::to_string(least) + " and "
                    + std::to_string(most));
    }
    config.*setting = value;
    return {};
}

Result<void> filter_note(Config& config, const Words& words)
{
    if (words.size() == 1) {
        config.ratio_note = words[0];
    } else if (iequals(words[0], "ratio")) {
        config.ratio_note = words[1];
    } else if (iequals(words[0], "input")) {
        config.input_note = words[1];
    } else if (iequals(words[0], "output")) {
        config.output_note = words[1];
    } else {
        return fail("Unknown note type " + words[0]);
    }
    return {};
}

Result<void> alter_etag(Config& config, const Words& words)
{
    config.etag = server::parse_etag_change(words[0]);
    if (config.etag) return {};
    return fail("DeflateAlterETAG accepts only 'NoChange', 'AddSuffix', and 'Remove'");
}

Result<void> inflate_limit(Config&, const Words& words)
{
    const auto& text = words[0];
    int64_t value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range)
        return fail("DeflateInflateLimitRequestBody is not parsable.");
    if (error != std::errc{} || stopped != text.data() + text.size() || value < 0)
        return fail("DeflateInflateLimitRequestBody requires a non-negative integer.");
    return {};
}

Result<void> positive(Config&, const Words& words)
{
    if (number_of(words) <= 0) return fail(words.name() + " must be positive");
    return {};
}

const Config& config_of(const server::Request& request)
{
    const auto* module = request.configuration->find_module("deflate_module");
    return *static_cast<const Config*>(request.scope->config(module->index));
}

std::unique_ptr<server::BodyFilter> deflate_of(server::Request& request)
{
    return make_deflate(config_of(request));
}

void expect_tags(server::Request& request)
{
    if (!config_of(request).etag) server::understand_etag_suffix(request, "gzip");
}

std::unique_ptr<server::BodyFilter> inflate_of(server::Request& request)
{
    return make_inflate(config_of(request));
}

constexpr server::Directive<Config> directives[] = {
    {"DeflateFilterNote", Takes::one_or_two, filter_note, allowed_server, override_none,
     "Input, Output or Ratio, and the name of a note"},
    {"DeflateWindowSize", Takes::one, in_range<&Config::window, 1, 15>, allowed_server,
     override_none, "a number from 1 to 15"},
    {"DeflateBufferSize", Takes::one, buffer_size, allowed_server, override_none,
     "bytes to compress before they are sent"},
    {"DeflateMemLevel", Takes::one, in_range<&Config::memory, 1, 9>, allowed_server, override_none,
     "a number from 1 to 9"},
    {"DeflateCompressionLevel", Takes::one, in_range<&Config::level, 1, 9>, allowed_server,
     override_none, "a number from 1 (fast) to 9 (small)"},
    {"DeflateAlterETag", Takes::one, alter_etag, allowed_server, override_none,
     "AddSuffix, NoChange or Remove"},
    {"DeflateInflateLimitRequestBody", Takes::one, inflate_limit, allowed_everywhere, override_all,
     "bytes that a request body may have once it is unpacked"},
    {"DeflateInflateRatioLimit", Takes::one, positive, allowed_everywhere, override_all,
     "how many times its size a request body may unpack to"},
    {"DeflateInflateRatioBurst", Takes::one, positive, allowed_everywhere, override_all,
     "how often the ratio may be exceeded"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("deflate_module", "mod_deflate.c", directives, {});
}

} // namespace signet::mod_deflate

namespace signet::modules {

server::Module mod_deflate()
{
    return mod_deflate::module();
}

std::vector<server::OutputFilterProvider> deflate_filters()
{
    using server::FilterRank;
    return {{"DEFLATE", FilterRank::content_set, mod_deflate::deflate_of, mod_deflate::expect_tags},
            {"INFLATE", FilterRank::content_set, mod_deflate::inflate_of}};
}

} // namespace signet::modules
