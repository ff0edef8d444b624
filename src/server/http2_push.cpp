// Server push: from preload links to promises, and their place in the order of answers.
// RFC 9113 §8.4 · H2Push, H2PushPriority, H2PushDiarySize
#include "server/http2_push.h"

#include "base/text.h"
#include "http/writer.h"
#include "server/connection.h"
#include "server/http2_session.h"
#include "server/vhost.h"
#include "server/worker.h"

#include <algorithm>
#include <functional>

namespace signet::server {
namespace {

// What a promised request takes over from the one it comes with, as Apache chooses it.
struct Inherited {
    std::string_view name;
    std::string_view lower;
};
constexpr Inherited inherited[] = {{"Accept", "accept"},
                                   {"Accept-Encoding", "accept-encoding"},
                                   {"Accept-Language", "accept-language"},
                                   {"Cache-Control", "cache-control"},
                                   {"User-Agent", "user-agent"}};

// Up to the next `end` that is not inside quotes.
std::string_view take_until(std::string_view& text, char end)
{
    bool quoted = false;
    size_t at = 0;
    for (; at < text.size() && (quoted || text[at] != end); ++at) {
        if (text[at] == '\\' && quoted && at + 1 < text.size()) {
            ++at;
        } else if (text[at] == '"') {
            quoted = !quoted;
        }
    }
    const auto taken = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return taken;
}

std::string_view unquote(std::string_view text)
{
    text = trim(text);
    if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"'))
        text = text.substr(1, text.size() - 2);
    return text;
}

bool has_relation(std::string_view relations, std::string_view wanted)
{
    while (!relations.empty()) {
        if (iequals(trim(take_until(relations, ' ')), wanted)) return true;
    }
    return false;
}

// The path of what lies on the same server; empty when it lies elsewhere.
std::string_view path_on(const Request& request, std::string_view target)
{
    const std::string_view scheme = request.is_tls() ? "https://" : "http://";
    if (istarts_with(target, scheme)) {
        target.remove_prefix(scheme.size());
        const auto host = request.headers.find("Host").value_or("");
        if (host.empty() || !istarts_with(target, host)) return {};
        target.remove_prefix(host.size());
    }
    target = target.substr(0, target.find('#'));
    return target.starts_with('/') && !target.starts_with("//") ? target : std::string_view();
}

const PushPriority& priority_of(const Http2Settings& settings, std::string_view type)
{
    static const PushPriority standard{};
    type = trim(type.substr(0, type.find(';')));
    const PushPriority* found = &standard;
    for (const auto& one : settings.push_priorities) {
        if (iequals(one.type, type)) return one;
        if (one.type == "*") found = &one;
    }
    return *found;
}

} // namespace

bool PushDiary::note(std::string_view resource)
{
    if (size_ == 0) return true;
    const uint64_t hash = std::hash<std::string_view>()(resource);
    if (!known_.insert(hash).second) return false;
    if (order_.size() < size_) {
        order_.push_back(hash);
        return true;
    }
    known_.erase(std::exchange(order_[next_], hash));
    next_ = (next_ + 1) % size_;
    return true;
}

PreloadLink next_preload(std::string_view& field)
{
    while (!field.empty()) {
        const size_t begin = field.find('<');
        const size_t end = begin == field.npos ? begin : field.find('>', begin);
        if (end == field.npos) break;
        PreloadLink link{.target = field.substr(begin + 1, end - begin - 1)};
        field.remove_prefix(end + 1);
        auto parameters = take_until(field, ',');
        bool preload = false;
        bool refused = false;
        while (!parameters.empty()) {
            auto value = take_until(parameters, ';');
            const auto name = trim(take_until(value, '='));
            if (iequals(name, "rel")) preload = preload || has_relation(unquote(value), "preload");
            if (iequals(name, "nopush")) refused = true;
            if (iequals(name, "critical")) link.critical = true;
        }
        if (preload && !refused) return link;
    }
    field = {};
    return {};
}

// What the client would like to be pushed: Accept-Push-Policy, and Push-Policy says what was.
std::string_view Http2Stream::push_policy() const
{
    const auto asked = exchange_->first.request.headers.find("Accept-Push-Policy");
    for (const std::string_view known : {"none", "head", "fast-load"}) {
        if (asked && iequals(trim(*asked), known)) return known;
    }
    return "default";
}

bool Http2Stream::promise(const PushedResource& resource)
{
    const Request& request = exchange_->first.request;
    if (closed_ || !request.may_push || request.pushed_with != 0 || request.method_name != "GET")
        return false;
    const auto policy = push_policy();
    if (policy == "none" || !http::is_field_text(resource.path)) return false;
    PushedResource wanted = resource;
    wanted.head_only = policy == "head";
    return session_.push(*this, request, wanted);
}

void Http2Stream::push(const PushedResource& resource)
{
    (void)promise(resource);
}

// The preload links of the head that is about to be sent.
bool Http2Stream::push_links()
{
    if (exchange_->final->response.status >= 400) return false;
    bool any = false;
    for (const auto& [name, value] : fields_.general) {
        if (!iequals(name, "Link")) continue;
        std::string_view field = value;
        for (auto link = next_preload(field); !link.target.empty(); link = next_preload(field)) {
            const auto path = path_on(exchange_->first.request, trim(link.target));
            if (!path.empty() && promise({.path = path, .critical = link.critical})) any = true;
        }
    }
    return any;
}

bool Http2Session::push(const Http2Stream& parent, const Request& for_request,
                        const PushedResource& resource)
{
    if (over_ || gone_away_ || stopping_ || !engine_.accepts_push()) return false;
    if (streams_.size() >= settings_.max_streams) return false;
    const auto host = for_request.headers.find("Host").value_or("");
    const char* method = resource.head_only ? "HEAD " : "GET ";
    if (!diary_.note(for_request.arena.join(method, host, resource.path))) return false;
    Http2Stream& stream =
        enlist(take_stream(), connection_.worker().take_exchange(connection_.peer()));
    stream.become_promise(parent, for_request, resource);
    send_soon();
    if (engine_.promise(parent, stream)) return true;
    stream.promise_dropped();
    return false;
}

void Http2Session::promise_sent(http::H2Stream& stream)
{
    static_cast<Http2Stream&>(stream).promise_sent();
}

void Http2Session::promise_dropped(int32_t id)
{
    const auto found =
        std::ranges::find_if(streams_, [&](const auto& stream) { return stream->id == id; });
    if (found != streams_.end()) (*found)->promise_dropped();
}

void Http2Stream::become_promise(const Http2Stream& parent, const Request& for_request,
                                 const PushedResource& resource)
{
    Request& request = exchange_->first.request;
    Arena& arena = exchange_->arena;
    auto& engine = session_.engine();
    pseudo_.method = resource.head_only ? "HEAD" : "GET";
    pseudo_.scheme = for_request.is_tls() ? "https" : "http";
    pseudo_.authority = arena.copy(for_request.headers.find("Host").value_or(""));
    pseudo_.path = arena.copy(resource.path);
    engine.add_field(":method", pseudo_.method);
    engine.add_field(":scheme", pseudo_.scheme);
    engine.add_field(":authority", pseudo_.authority);
    engine.add_field(":path", pseudo_.path);
    for (const auto& [name, lower] : inherited) {
        const auto value = for_request.headers.find(name);
        if (!value) continue;
        request.headers.add(name, arena.copy(*value));
        engine.add_field(lower, request.headers.find(name).value_or(""));
    }
    request.pushed_with = static_cast<uint32_t>(parent.id);
    pushed_urgency_ =
        http::parse_priority(for_request.headers.find("Priority").value_or("")).urgency;
    pushed_critical_ = resource.critical;
}

void Http2Stream::promise_sent()
{
    head_complete(true);
}

void Http2Stream::promise_dropped()
{
    closed_ = true;
    finish();
}

// RFC 9218 has eight degrees of urgency and no weights: After is one degree below the answer it
// comes with, Before one above.
void Http2Stream::rank_pushed()
{
    const auto& priority =
        priority_of(session_.settings(), exchange_->final->response.content_type);
    const auto rank = pushed_critical_ ? PushPriority::Place::before : priority.place;
    unsigned urgency = pushed_urgency_;
    if (rank == PushPriority::Place::after) urgency = std::min(urgency + 1, 7U);
    if (rank == PushPriority::Place::before) urgency = urgency == 0 ? 0 : urgency - 1;
    session_.engine().set_priority(
        *this, {.urgency = urgency, .incremental = rank == PushPriority::Place::interleaved});
}

} // namespace signet::server
