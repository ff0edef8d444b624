#include "tls/client_hello.h"

#include "base/text.h"

#include <algorithm>

namespace signet::tls {
namespace {

// Reads big-endian fields from the front; after a short read everything is empty and broken() true.
class Cursor {
public:
    explicit Cursor(std::string_view bytes)
        : bytes_(bytes)
    {
    }

    std::string_view take(size_t count)
    {
        if (count > bytes_.size()) {
            broken_ = true;
            bytes_ = {};
            return {};
        }
        const auto taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }
    uint32_t number(size_t width)
    {
        uint32_t value = 0;
        for (const char byte : take(width)) value = value << 8 | static_cast<unsigned char>(byte);
        return value;
    }
    // A vector with a length of `width` bytes before it.
    std::string_view vector(size_t width) { return take(number(width)); }
    std::vector<uint16_t> numbers()
    {
        std::vector<uint16_t> values;
        values.reserve(bytes_.size() / 2);
        while (!empty() && !broken_) values.push_back(static_cast<uint16_t>(number(2)));
        return values;
    }

    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] bool broken() const { return broken_; }

private:
    std::string_view bytes_;
    bool broken_ = false;
};

// RFC 6066 §3: the first host_name. Letters a host name cannot have make it no name: it ends up in
// logs and in look-ups.
std::string host_name(Cursor extension, bool& broken)
{
    Cursor list(extension.vector(2));
    std::string name;
    while (!list.empty() && !list.broken()) {
        const bool is_host = list.number(1) == 0;
        const auto text = list.vector(2);
        if (is_host && name.empty()) name = lowercase(text);
    }
    broken = broken || list.broken() || extension.broken();
    if (name.ends_with('.')) name.pop_back();
    const auto allowed = [](char c) {
        return is_alnum(c) || c == '-' || c == '.' || c == '_' || (c & 0x80) != 0;
    };
    if (name.size() > 255 || !std::ranges::all_of(name, allowed)) name.clear();
    return name;
}

void read_extension(uint32_t type, std::string_view body, ClientHello& hello, bool& broken)
{
    Cursor extension(body);
    switch (type) {
    case 0: hello.server_name = host_name(extension, broken); return;
    case 10: hello.groups = Cursor(extension.vector(2)).numbers(); break;
    case 13: hello.signature_algorithms = Cursor(extension.vector(2)).numbers(); break;
    case 16: {
        Cursor list(extension.vector(2));
        while (!list.empty() && !list.broken()) hello.alpn.emplace_back(list.vector(1));
        broken = broken || list.broken();
        break;
    }
    case 42: hello.early_data = true; return;
    case 49: hello.post_handshake_auth = true; return;
    case 35:
        hello.has_ticket = !body.empty();
        hello.resumes = hello.resumes || hello.has_ticket;
        return;
    case 41: {
        hello.resumes = true;
        Cursor identities(extension.vector(2)); // OpenSSL judges the rest
        const auto first = identities.vector(2);
        if (!identities.broken() && first.size() <= 32) hello.psk_session_id = first;
        return;
    }
    case 43: hello.versions = Cursor(extension.vector(1)).numbers(); break;
    default: return;
    }
    broken = broken || extension.broken();
}

Result<bool> read_hello_body(std::string_view body, ClientHello& hello)
{
    Cursor cursor(body);
    const uint32_t legacy_version = cursor.number(2);
    (void)cursor.take(32); // random
    hello.session_id = cursor.vector(1);
    const bool has_session_id = !hello.session_id.empty();
    hello.suites = Cursor(cursor.vector(2)).numbers();
    (void)cursor.vector(1); // compression methods
    bool broken = false;
    if (!cursor.empty()) {
        Cursor extensions(cursor.vector(2));
        while (!extensions.empty() && !extensions.broken()) {
            const uint32_t type = extensions.number(2);
            const auto extension = extensions.vector(2);
            if (!extensions.broken()) read_extension(type, extension, hello, broken);
        }
        broken = broken || extensions.broken();
    }
    if (broken || cursor.broken()) return fail(Error::Kind::malformed, "malformed ClientHello");
    if (hello.versions.empty()) {
        for (uint32_t version = std::min(legacy_version, 0x0303U); version >= 0x0300; version--) {
            hello.versions.push_back(static_cast<uint16_t>(version));
        }
    }
    // A TLS 1.3 client sends a random session id for middleboxes: no sign of resumption.
    const bool speaks_13 = std::ranges::find(hello.versions, 0x0304) != hello.versions.end();
    hello.resumes = hello.resumes || (has_session_id && !speaks_13);
    return true;
}

} // namespace

bool ClientHello::offers(std::string_view protocol) const
{
    return std::ranges::find(alpn, protocol) != alpn.end();
}

Opening classify(std::string_view first)
{
    if (first.empty()) return Opening::incomplete;
    const auto byte = [&](size_t at) { return static_cast<unsigned char>(first[at]); };
    if (byte(0) == 0x16) {
        if (first.size() < 2) return Opening::incomplete;
        return byte(1) == 3 ? Opening::tls : Opening::other;
    }
    if ((byte(0) & 0x80) != 0) { // SSLv2: two length bytes, client-hello(1), version
        if (first.size() < 4) return Opening::incomplete;
        return byte(2) == 1 && (byte(3) == 3 || byte(3) == 0 || byte(3) == 2) ? Opening::ssl2_hello
                                                                              : Opening::other;
    }
    constexpr std::string_view proxy2_signature{"\r\n\r\n\0\r\nQUIT\n", 12};
    const auto starts = [&](std::string_view with) {
        return first.substr(0, with.size()) == with.substr(0, first.size());
    };
    if (starts(proxy2_signature)) {
        return first.size() >= proxy2_signature.size() ? Opening::proxy_header
                                                       : Opening::incomplete;
    }
    // Both begin like an HTTP method: told apart once there are enough bytes.
    if (starts("PROXY ")) return first.size() >= 6 ? Opening::proxy_header : Opening::incomplete;
    if (starts("PRI * ")) return first.size() >= 6 ? Opening::http2_preface : Opening::incomplete;
    if (starts("EHLO ") || starts("HELO "))
        return first.size() >= 5 ? Opening::mail : Opening::incomplete;
    if (starts("SSH-")) return first.size() >= 4 ? Opening::ssh : Opening::incomplete;

    // A request line: a method of letters, one space, something printable. Empty lines before it
    // are allowed (RFC 9112 §2.2).
    size_t at = 0;
    while (at < first.size() && at < 4 && (first[at] == '\r' || first[at] == '\n')) at++;
    const size_t begin = at;
    while (at < first.size() && at - begin < 24 && (is_alpha(first[at]) || first[at] == '-')) at++;
    if (at == first.size()) return at - begin < 24 ? Opening::incomplete : Opening::other;
    return at > begin && first[at] == ' ' ? Opening::plain_http : Opening::other;
}

Result<bool> read_client_hello(std::string_view bytes, ClientHello& hello)
{
    // The handshake message may be spread over records; gather it unless it is in one piece.
    std::string gathered;
    std::string_view message;
    size_t wanted = 4;
    // What has come is read again with each piece: a hello in tiny records must not cost its
    // square.
    constexpr int most_records = 1024;
    for (int records = 0;; records++) {
        if (bytes.size() < 5) return false;
        if (records == most_records)
            return fail(Error::Kind::too_large, "ClientHello in more than 1024 records");
        const auto* head = reinterpret_cast<const unsigned char*>(bytes.data());
        const size_t length = static_cast<size_t>(head[3]) << 8 | head[4];
        if (head[0] != 22 || head[1] != 3 || length == 0 || length > 16384) {
            return fail(Error::Kind::malformed,
                        "malformed record before the ClientHello is complete");
        }
        const auto piece = bytes.substr(5, length);
        if (gathered.empty()) {
            message = piece;
        } else {
            gathered += piece;
            message = gathered;
        }
        if (message.size() >= 4) {
            Cursor header(message);
            if (header.number(1) != 1) {
                return fail(Error::Kind::malformed,
                            "the first handshake message is no ClientHello");
            }
            wanted = 4 + header.number(3);
            if (wanted > max_client_hello) {
                return fail(Error::Kind::too_large,
                            "ClientHello of " + std::to_string(wanted) + " bytes");
            }
            if (message.size() >= wanted) break;
        }
        if (piece.size() < length) return false;
        if (gathered.empty()) gathered = message;
        bytes.remove_prefix(5 + length);
    }
    hello = {};
    return read_hello_body(message.substr(4, wanted - 4), hello);
}

} // namespace signet::tls
