// mod_brotli: sends content compressed to clients that accept br, which makes texts smaller than
// gzip does.
//
//     AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html text/css      br, else gzip
//     BrotliCompressionQuality 5              0 (fast) to 11 (small)
//
// The variable no-brotli turns it off. Entity tags get the suffix -br, as mod_deflate's get -gzip.
// https://httpd.apache.org/docs/2.4/mod/mod_brotli.html
#include "base/text.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/content_coding.h"
#include "server/scope.h"

#include <brotli/encode.h>
#include <optional>

namespace signet::mod_brotli {
namespace {

using config::allowed_server, config::override_none;
using server::BodyFilter, server::Request, server::Response, server::ResponseSink, server::Takes,
    server::Words;

struct Config {
    std::optional<int> quality, window, block;
    std::optional<server::EtagChange> etag;
    std::optional<std::string> input_note, output_note, ratio_note;
};

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    const auto take = [](auto& into, const auto& from) {
        if (from) into = from;
    };
    take(merged.quality, inner.quality);
    take(merged.window, inner.window);
    take(merged.block, inner.block);
    take(merged.etag, inner.etag);
    take(merged.input_note, inner.input_note);
    take(merged.output_note, inner.output_note);
    take(merged.ratio_note, inner.ratio_note);
    return merged;
}

class Compress final : public BodyFilter {
public:
    explicit Compress(const Config& config)
        : config_(config)
    {
    }

    bool begin(Request& request, Response& response, bool) override
    {
        request_ = &request;
        const server::CodingRules rules{.coding = "br",
                                        .suffix = "br",
                                        .off_variable = "no-brotli",
                                        .force_variable = {},
                                        .html_variable = {},
                                        .least = 0,
                                        .etag = config_.etag};
        if (!wants_coding(request, response, rules)) return false;
        if (response.status != 304 && !open()) return false;
        announce_coding(request, response, rules);
        return response.status != 304;
    }

    Result<void> write(std::string_view bytes, ResponseSink& next) override
    {
        return run(BROTLI_OPERATION_PROCESS, bytes, next);
    }

    Result<void> finish(ResponseSink& next) override
    {
        if (auto ended = run(BROTLI_OPERATION_FINISH, {}, next); !ended) return ended;
        note_sizes();
        return next.write(out_);
    }

private:
    bool open()
    {
        encoder_.reset(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr));
        if (!encoder_) return false;
        const auto set = [&](BrotliEncoderParameter parameter, int value) {
            BrotliEncoderSetParameter(encoder_.get(), parameter, static_cast<uint32_t>(value));
        };
        set(BROTLI_PARAM_QUALITY, config_.quality.value_or(5));
        set(BROTLI_PARAM_LGWIN, config_.window.value_or(18));
        if (config_.block) set(BROTLI_PARAM_LGBLOCK, *config_.block);
        return true;
    }

    // What the encoder gives away while content still comes is sent; the end waits for finish().
    Result<void> run(BrotliEncoderOperation operation, std::string_view bytes, ResponseSink& next)
    {
        const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
        size_t left = bytes.size();
        total_in_ += left;
        do {
            size_t none = 0;
            if (!BrotliEncoderCompressStream(encoder_.get(), operation, &left, &data, &none,
                                             nullptr, nullptr)) {
                return fail("brotli failed");
            }
            while (BrotliEncoderHasMoreOutput(encoder_.get())) {
                size_t size = 0;
                const uint8_t* out = BrotliEncoderTakeOutput(encoder_.get(), &size);
                total_out_ += size;
                out_.append(reinterpret_cast<const char*>(out), size);
                if (operation == BROTLI_OPERATION_FINISH) continue;
                if (auto sent = next.write(std::exchange(out_, {})); !sent) return sent;
            }
        } while (left > 0);
        return {};
    }

    void note_sizes()
    {
        const auto number = [&](uint64_t value) {
            return request_->arena.copy(std::to_string(value));
        };
        if (config_.input_note) request_->notes.set(*config_.input_note, number(total_in_));
        if (config_.output_note) request_->notes.set(*config_.output_note, number(total_out_));
        if (config_.ratio_note) {
            request_->notes.set(*config_.ratio_note,
                                total_in_ == 0 ? "-" : number(total_out_ * 100 / total_in_));
        }
    }

    struct Destroy {
        void operator()(BrotliEncoderState* state) const { BrotliEncoderDestroyInstance(state); }
    };
    const Config& config_;
    Request* request_ = nullptr;
    std::unique_ptr<BrotliEncoderState, Destroy> encoder_;
    std::string out_;
    uint64_t total_in_ = 0, total_out_ = 0;
};

template <std::optional<int> Config::*setting, int least, int most>
Result<void> in_range(Config& config, const Words& words)
{
    int value = 0;
    std::from_chars(words[0].data(), words[0].data() + words[0].size(), value);
    const bool is_number = !words[0].empty() && is_digit(words[0].front());
    if (!is_number || value < least || value > most) {
        return fail(words.name() + " must be between " + std::to_string(least) + " and "
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
        return fail("Unknown BrotliFilterNote type '" + words[0] + "'");
    }
    return {};
}

Result<void> alter_etag(Config& config, const Words& words)
{
    config.etag = server::parse_etag_change(words[0]);
    if (config.etag) return {};
    return fail("BrotliAlterETag accepts only 'AddSuffix', 'NoChange' and 'Remove'");
}

const Config& config_of(const Request& request)
{
    const auto* module = request.configuration->find_module("brotli_module");
    return *static_cast<const Config*>(request.scope->config(module->index));
}

std::unique_ptr<BodyFilter> compress_of(Request& request)
{
    return std::make_unique<Compress>(config_of(request));
}

void expect_tags(Request& request)
{
    if (!config_of(request).etag) server::understand_etag_suffix(request, "br");
}

constexpr server::Directive<Config> directives[] = {
    {"BrotliFilterNote", Takes::one_or_two, filter_note, allowed_server, override_none,
     "Input, Output or Ratio, and the name of a note"},
    {"BrotliCompressionQuality", Takes::one, in_range<&Config::quality, 0, 11>, allowed_server,
     override_none, "a number from 0 (fast) to 11 (small)"},
    {"BrotliCompressionWindow", Takes::one, in_range<&Config::window, 10, 24>, allowed_server,
     override_none, "a number from 10 to 24"},
    {"BrotliCompressionMaxInputBlock", Takes::one, in_range<&Config::block, 16, 24>, allowed_server,
     override_none, "a number from 16 to 24"},
    {"BrotliAlterETag", Takes::one, alter_etag, allowed_server, override_none,
     "AddSuffix, NoChange or Remove"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("brotli_module", "mod_brotli.c", directives, {});
}

} // namespace signet::mod_brotli

namespace signet::modules {

server::Module mod_brotli()
{
    return mod_brotli::module();
}

std::vector<server::OutputFilterProvider> brotli_filters()
{
    return {{"BROTLI_COMPRESS", server::FilterRank::content_set, mod_brotli::compress_of,
             mod_brotli::expect_tags}};
}

} // namespace signet::modules
