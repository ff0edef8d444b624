#include "modules/mod_md/challenge_board.h"

#include "tls/client_hello.h"

#include <cstring>

namespace signet::mod_md {
namespace {

constexpr size_t capacity = size_t{512} << 10; // some 400 certificates at once

void put_text(std::string& into, std::string_view text)
{
    const auto length = static_cast<uint32_t>(text.size());
    into.append(reinterpret_cast<const char*>(&length), sizeof length);
    into.append(text);
}

std::string_view take_text(std::string_view& from)
{
    uint32_t length = 0;
    if (from.size() < sizeof length) return from = {};
    std::memcpy(&length, from.data(), sizeof length);
    from.remove_prefix(sizeof length);
    const std::string_view text = from.substr(0, length);
    from.remove_prefix(text.size());
    return text;
}

} // namespace

Result<std::shared_ptr<ChallengeBoard>> ChallengeBoard::create()
{
    auto document = SharedDocument::create("signet-challenges", capacity);
    if (!document) return std::unexpected(document.error());
    return std::shared_ptr<ChallengeBoard>(new ChallengeBoard(std::move(*document)));
}

void ChallengeBoard::put(const std::string& key, std::string value)
{
    shown_[key] = std::move(value);
}

void ChallengeBoard::remove(const std::string& key)
{
    shown_.erase(key);
}

Result<void> ChallengeBoard::publish()
{
    std::string text;
    for (const auto& [key, value] : shown_) {
        put_text(text, key);
        put_text(text, value);
    }
    return document_.publish(text);
}

std::string ChallengeBoard::find(std::string_view key)
{
    if (document_.version() != seen_) seen_ = document_.read(text_);
    for (std::string_view rest = text_; !rest.empty();) {
        const auto name = take_text(rest);
        const auto value = take_text(rest);
        if (name == key) return std::string(value);
    }
    return {};
}

const tls::Credentials* ChallengeCredentials::current(const tls::ClientHello& hello)
{
    const std::string packed = board_->find("tls-alpn-01 " + hello.server_name);
    if (packed.empty()) return nullptr;
    auto credentials = tls::unpack_credentials(packed);
    if (!credentials) return nullptr;
    last_ = std::move(*credentials);
    return last_.get();
}

} // namespace signet::mod_md
