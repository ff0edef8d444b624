#include "process/inheritance.h"

#include "tls/pass_phrase.h"
#include "tls/session_cache.h"
#include "tls/tickets.h"

#include <array>

namespace signet::process {
namespace {

constexpr std::string_view tickets = "ssl.tickets";
constexpr std::string_view cache = "ssl.cache";
constexpr std::string_view phrases = "ssl.phrases";
constexpr std::string_view known_phrases = "ssl.known_phrases";

template <class T> std::shared_ptr<T> held(const Inheritance& inheritance, std::string_view name)
{
    const auto found = inheritance.find(name);
    if (found == inheritance.end()) return nullptr;
    const auto* pointer = std::any_cast<std::shared_ptr<T>>(&found->second);
    return pointer ? *pointer : nullptr;
}

pki::Secret message(std::string_view kind, std::span<const unsigned char> bytes)
{
    std::vector<unsigned char> text(kind.begin(), kind.end());
    text.push_back('\0');
    text.insert(text.end(), bytes.begin(), bytes.end());
    pki::Secret packed{std::span<const unsigned char>(text)};
    pki::wipe(text.data(), text.size());
    return packed;
}

} // namespace

Inheritance inheritance_of(const server::Configuration& old)
{
    Inheritance inheritance;
    for (const std::string_view name :
         {tickets, cache, std::string_view("ssl.spent_tickets"), std::string_view("ssl.stapling"),
          std::string_view("ssl.known_certificates"), phrases,
          std::string_view("auth_digest.book")}) {
        if (const auto found = old.shared.find(name); found != old.shared.end()) {
            inheritance.insert(*found);
        }
    }
    return inheritance;
}

std::vector<Bequest> pack(const Inheritance& inheritance)
{
    std::vector<Bequest> packed;
    if (const auto keys = held<tls::TicketKeys>(inheritance, tickets)) {
        if (const auto saved = keys->save(); !saved.empty()) {
            packed.push_back({message(tickets, saved.bytes())});
        }
    }
    if (const auto sessions = held<tls::SessionCache>(inheritance, cache)) {
        packed.push_back({message(cache, {}), sessions->descriptor()});
    }
    if (const auto known = held<tls::PassPhrases>(inheritance, phrases)) {
        for (const auto& phrase : known->known()) {
            packed.push_back({message(known_phrases, phrase.bytes())});
        }
    }
    return packed;
}

Result<void> unpack(std::string_view packed, std::vector<FileDescriptor> descriptors,
                    Inheritance& into)
{
    const auto end = packed.find('\0');
    if (end == packed.npos) return fail(Error::Kind::malformed, "inheritance without a kind");
    const auto kind = packed.substr(0, end);
    const auto text = packed.substr(end + 1);
    if (kind == tickets) {
        auto keys = tls::TicketKeys::restore(
            {reinterpret_cast<const unsigned char*>(text.data()), text.size()});
        if (!keys) return std::unexpected(keys.error());
        into[std::string(tickets)] = std::make_shared<tls::TicketKeys>(std::move(*keys));
    } else if (kind == cache && descriptors.size() == 1) {
        if (auto sessions = tls::SessionCache::adopt(std::move(descriptors.front()))) {
            into[std::string(cache)] = std::make_shared<tls::SessionCache>(std::move(*sessions));
        }
    } else if (kind == known_phrases) {
        using Phrases = std::vector<pki::Secret>;
        auto known = held<Phrases>(into, known_phrases);
        if (!known) known = std::make_shared<Phrases>();
        known->emplace_back(text);
        into[std::string(known_phrases)] = known;
    }
    return {};
}

} // namespace signet::process
