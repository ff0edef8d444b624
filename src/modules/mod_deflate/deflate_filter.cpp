#include "base/text.h"
#include "modules/mod_deflate/filters.h"
#include "server/error_log.h"
#include "server/path_cache.h"

#include <array>
#include <zlib.h>

namespace signet::mod_deflate {
namespace {

using server::BodyFilter, server::Request, server::Response, server::ResponseSink;

constexpr std::string_view gzip_head("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
constexpr size_t trailer_size = 8;
constexpr size_t fields_size = 50; // what the head grows by: compressing less would be a loss

// Compresses on the request's fiber. A full buffer leaves only when content is left that zlib could
// not take in, as in Apache: what ends before that keeps a known length.
class Deflate final : public BodyFilter {
public:
    explicit Deflate(const Config& config)
        : config_(config)
    {
    }
    ~Deflate() override
    {
        if (open_) deflateEnd(&stream_);
    }

    bool begin(Request& request, Response& response, bool first) override
    {
        request_ = &request;
        const server::CodingRules rules{.coding = "gzip",
                                        .suffix = "gzip",
                                        .off_variable = "no-gzip",
                                        .force_variable = "force-gzip",
                                        .html_variable = "gzip-only-text/html",
                                        .least = gzip_head.size() + trailer_size + fields_size,
                                        .etag = config_.etag};
        if (!wants_coding(request, response, rules)) return false;
        if (response.status != 304 && !take_variant(response, first) && !open()) return false;
        announce_coding(request, response, rules);
        return response.status != 304;
    }

    Result<void> write(std::string_view bytes, ResponseSink& next) override
    {
        if (variant_) return {};
        const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
        checksum_ = crc32(checksum_, data, static_cast<uInt>(bytes.size()));
        stream_.next_in = const_cast<Bytef*>(data); // NOLINT: zlib does not write to it
        stream_.avail_in = static_cast<uInt>(bytes.size());
        while (stream_.avail_in > 0) {
            if (stream_.avail_out == 0) {
                if (auto sent = next.write(out_); !sent) return sent;
                out_.clear();
                make_room();
            }
            if (deflate(&stream_, Z_NO_FLUSH) != Z_OK) return fail("deflate failed");
        }
        return {};
    }

    Result<void> finish(ResponseSink& next) override
    {
        if (variant_) return next.write(*variant_);
        stream_.avail_in = 0;
        while (true) {
            const int result = deflate(&stream_, Z_FINISH);
            if (result == Z_STREAM_END) break;
            if (result != Z_OK && result != Z_BUF_ERROR) return fail("deflate failed");
            make_room();
        }
        note_sizes();
        out_.resize(used());
        append_little_endian(static_cast<uint32_t>(checksum_));
        append_little_endian(static_cast<uint32_t>(stream_.total_in));
        if (keeps_) request_->path->keep_variant(key(), out_);
        return next.write(out_);
    }

private:
    bool open()
    {
        const int result = deflateInit2(&stream_, config_.level.value_or(Z_DEFAULT_COMPRESSION),
                                        Z_DEFLATED, -config_.window.value_or(15),
                                        config_.memory.value_or(9), Z_DEFAULT_STRATEGY);
        open_ = result == Z_OK;
        if (!open_) {
            server::log_event(*request_, {.module = "deflate",
                                          .apache_id = "AH01383",
                                          .text = request_->arena.join(
                                              "unable to init Zlib: deflateInit2 returned ",
                                              std::to_string(result), ": URL ", request_->uri)});
            return false;
        }
        checksum_ = crc32(0, nullptr, 0);
        out_ = gzip_head;
        make_room();
        return true;
    }

    [[nodiscard]] size_t used() const { return out_.size() - stream_.avail_out; }

    void make_room()
    {
        const size_t filled = used();
        out_.resize(filled + config_.buffer());
        stream_.next_out = reinterpret_cast<Bytef*>(out_.data() + filled);
        stream_.avail_out = static_cast<uInt>(config_.buffer());
    }

    void append_little_endian(uint32_t number)
    {
        for (int i = 0; i < 4; ++i) out_ += static_cast<char>(number >> (8 * i) & 0xff);
    }

    // A small file whose content is in memory anyway is compressed once per worker.
    bool take_variant(const Response& response, bool first)
    {
        const auto* path = request_->path;
        const auto& pieces = response.body.pieces();
        const bool notes = config_.input_note || config_.output_note || config_.ratio_note;
        if (!first || notes || !path || !path->has_content || !path->is_watched()
            || pieces.size() != 1 || pieces[0].file
            || pieces[0].bytes.data() != path->content.data()
            || pieces[0].bytes.size() != path->content.size()) {
            return false;
        }
        variant_ = path->find_variant(key());
        keeps_ = variant_ == nullptr;
        return variant_ != nullptr;
    }

    [[nodiscard]] std::string key() const
    {
        std::string text = "gzip";
        for (const int number : {config_.level.value_or(-1), config_.window.value_or(15),
                                 config_.memory.value_or(9)}) {
            text += ':';
            append_signed(text, number);
        }
        return text;
    }

    void note_sizes()
    {
        const auto number = [&](uint64_t value) {
            return request_->arena.copy(std::to_string(value));
        };
        if (config_.input_note) request_->notes.set(*config_.input_note, number(stream_.total_in));
        if (config_.output_note)
            request_->notes.set(*config_.output_note, number(stream_.total_out));
        if (config_.ratio_note) {
            request_->notes.set(
                *config_.ratio_note,
                stream_.total_in == 0 ? "-" : number(stream_.total_out * 100 / stream_.total_in));
        }
    }

    const Config& config_;
    Request* request_ = nullptr;
    z_stream stream_{};
    bool open_ = false;
    bool keeps_ = false;
    uLong checksum_ = 0;
    std::string out_; // what has not left; zlib writes to its end
    const std::string* variant_ = nullptr;
};

// Unpacks what is gzip already, for clients or filters that want it plain.
class Inflate final : public BodyFilter {
public:
    explicit Inflate(const Config& config)
        : config_(config)
    {
    }
    ~Inflate() override
    {
        if (open_) inflateEnd(&stream_);
    }

    bool begin(Request& request, Response& response, bool) override
    {
        if (request.parent || response.status == 204 || response.headers.has("Content-Range")
            || request.env.has("no-gzip")) {
            return false;
        }
        auto codings = split(codings_of(request, response), ',');
        if (codings.empty()
            || (!iequals(codings.back(), "gzip") && !iequals(codings.back(), "x-gzip")))
            return false;
        constexpr int gzip_window = 15 + 16; // zlib: read a gzip header and trailer
        if (response.status != 304 && inflateInit2(&stream_, gzip_window) != Z_OK) return false;
        open_ = response.status != 304;
        response.content_encodings.assign(codings.begin(), codings.end() - 1);
        response.headers.remove("Content-Encoding");
        response.headers.remove("Content-Length");
        response.headers.remove("Content-MD5");
        alter_etag(request, response, "gunzip", config_.etag);
        return open_;
    }

    Result<void> write(std::string_view bytes, ResponseSink& next) override
    {
        const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
        stream_.next_in = const_cast<Bytef*>(data); // NOLINT: zlib does not write to it
        stream_.avail_in = static_cast<uInt>(bytes.size());
        while (stream_.avail_in > 0 && !ended_) {
            if (auto step = unpack(next); !step) return step;
        }
        return {};
    }

    Result<void> finish(ResponseSink& next) override
    {
        if (!ended_) return fail("the content is not whole gzip data");
        return next.write({buffer_.data(), used_});
    }

private:
    Result<void> unpack(ResponseSink& next)
    {
        stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data() + used_);
        stream_.avail_out = static_cast<uInt>(buffer_.size() - used_);
        const int result = inflate(&stream_, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return fail("the content is not gzip data");
        ended_ = result == Z_STREAM_END;
        used_ = buffer_.size() - stream_.avail_out;
        if (used_ < buffer_.size() || ended_) return {};
        used_ = 0;
        return next.write({buffer_.data(), buffer_.size()});
    }

    const Config& config_;
    z_stream stream_{};
    bool open_ = false;
    bool ended_ = false;
    std::array<char, 8096> buffer_{};
    size_t used_ = 0;
};

} // namespace

std::unique_ptr<BodyFilter> make_deflate(const Config& config)
{
    return std::make_unique<Deflate>(config);
}

std::unique_ptr<BodyFilter> make_inflate(const Config& config)
{
    return std::make_unique<Inflate>(config);
}

} // namespace signet::mod_deflate
