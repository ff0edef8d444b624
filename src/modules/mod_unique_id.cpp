// mod_unique_id: a text that names the request among all requests of all machines, in the variable
// UNIQUE_ID. Logs print it as %{UNIQUE_ID}e, programs get it, and it is the id (%L) of the lines
// that the request writes to the error log. There are no directives: LoadModule switches it on.
//
// An id is 27 characters that stand for 20 bytes: the second of the request, ten random bytes of
// the process, a counter, and a number of the connection. It is unique, not secret: who has one can
// guess others. An internal redirect keeps the id of the request it came from.
// https://httpd.apache.org/docs/2.4/mod/mod_unique_id.html
#include "modules/list.h"
#include "server/request.h"

#include <algorithm>
#include <array>
#include <sys/random.h>
#include <unistd.h>

namespace signet::mod_unique_id {
namespace {

using server::Outcome, server::Request, server::Response;

struct Config {
    bool wanted = false; // LoadModule names this module
};

Config merge(const Config& outer, const Config& inner)
{
    return {.wanted = outer.wanted || inner.wanted};
}

constexpr size_t id_bytes = 20;
constexpr size_t root_bytes = 10;

// What tells processes apart. Made in the process that uses it: a fork makes another.
struct Root {
    std::array<uint8_t, root_bytes> random{};
    uint16_t counter = 0;

    Root()
    {
        // Short reads do not happen below 256 bytes; without the call the pid must do.
        if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
            const auto process = static_cast<uint32_t>(::getpid());
            for (size_t i = 0; i < 4; ++i) random[i] = static_cast<uint8_t>(process >> (8 * i));
        }
        ::getrandom(&counter, sizeof counter, 0);
    }
};

template <class Number> void put(std::array<uint8_t, id_bytes>& bytes, size_t at, Number value)
{
    for (size_t i = sizeof value; i-- > 0; value = static_cast<Number>(value >> 8))
        bytes[at + i] = static_cast<uint8_t>(value);
}

std::string_view encode(const std::array<uint8_t, id_bytes>& bytes, Arena& arena)
{
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    constexpr size_t size = (id_bytes * 8 + 5) / 6;
    auto* text = static_cast<char*>(arena.allocate(size, 1));
    for (size_t i = 0; i < size; ++i) {
        const size_t bit = i * 6;
        const unsigned high = bytes[bit / 8];
        const unsigned low = bit / 8 + 1 < id_bytes ? bytes[bit / 8 + 1] : 0U;
        text[i] = alphabet[(((high << 8) | low) >> (10 - bit % 8)) & 63];
    }
    return {text, size};
}

std::string_view make_id(const Request& request)
{
    // A process has one loop, and only its thread serves requests.
    thread_local Root root;
    std::array<uint8_t, id_bytes> bytes{};
    put(bytes, 0, static_cast<uint32_t>(request.start_micros / 1'000'000));
    std::ranges::copy(root.random, bytes.begin() + 4);
    put(bytes, 4 + root_bytes, root.counter++);
    put(bytes, 4 + root_bytes + 2, static_cast<uint32_t>(request.peer->id));
    return encode(bytes, request.arena);
}

Outcome set_id(const Config&, Request& request, Response&)
{
    if (request.previous) {
        if (const auto id = request.env.find("REDIRECT_UNIQUE_ID")) {
            request.env.set("UNIQUE_ID", *id);
            return Outcome::declined;
        }
    }
    request.env.set("UNIQUE_ID", make_id(request));
    return Outcome::declined;
}

bool is_wanted(const Config& config)
{
    return config.wanted;
}

void switch_on(Config& config)
{
    config.wanted = true;
}

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::post_read, server::Order::first, set_id, is_wanted},
};
constexpr server::Extras<Config> extras{.loaded = switch_on};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("unique_id_module", "mod_unique_id.c", {}, hooks,
                                                &extras);
}

} // namespace signet::mod_unique_id

namespace signet::modules {

server::Module mod_unique_id()
{
    return mod_unique_id::module();
}

} // namespace signet::modules
