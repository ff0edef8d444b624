// Listen, virtual hosts, and whether their names and ports can be had.
#include "base/file.h"
#include "base/text.h"
#include "process/listeners.h"
#include "tools/check/inspection.h"

#include <algorithm>
#include <cstring>
#include <future>
#include <netdb.h>
#include <set>
#include <sys/socket.h>
#include <thread>

namespace signet::tools::check {
namespace {

using config::Node;
using server::VirtualHost;

constexpr std::chrono::seconds patience{3}; // for all names together

// The port of "*:443", "[::1]:443", "_default_:443"; 0: any.
uint16_t port_of(std::string_view address)
{
    const size_t colon = address.rfind(':');
    if (colon == address.npos || address.ends_with(']')) return 0;
    return parse_number<uint16_t>(address.substr(colon + 1)).value_or(0);
}

uint16_t listen_port(const Node& node)
{
    if (node.words.empty()) return 0;
    const std::string_view word = node.words[0].text;
    return word.find(':') == word.npos ? parse_number<uint16_t>(word).value_or(0) : port_of(word);
}

std::set<uint16_t> listened_ports(const Inspection& inspection)
{
    std::set<uint16_t> ports;
    inspection.each({"Listen"},
                    [&](const Node& node, Sections) { ports.insert(listen_port(node)); });
    return ports;
}

bool says(const Node& section, std::string_view name, std::string_view value)
{
    const Node* line = last_of(section.children, name);
    return line && !line->words.empty() && iequals(line->words[0].text, value);
}

std::string server_name(const Node& vhost)
{
    const Node* line = last_of(vhost.children, "ServerName");
    if (!line || line->words.empty()) return "";
    std::string name = lowercase(line->words[0].text);
    if (const size_t scheme = name.find("://"); scheme != name.npos) name.erase(0, scheme + 3);
    return name.substr(0, name.find(':'));
}

void vhost_without_listen(Inspection& inspection)
{
    const auto ports = listened_ports(inspection);
    std::set<uint16_t> told;
    inspection.each({"VirtualHost"}, [&](const Node& node, Sections) {
        for (const auto& word : node.words) {
            const uint16_t port = port_of(word.text);
            if (port == 0 || ports.contains(port) || !told.insert(port).second) continue;
            const std::string listen = "Listen " + std::to_string(port);
            auto& finding = inspection.report(133, node,
                                              "no Listen names port " + std::to_string(port)
                                                  + ", so nobody can reach this virtual host");
            finding.fix = listen;
            finding.edits = insert_before(node, listen);
        }
    });
}

void listen_without_vhost(Inspection& inspection)
{
    std::set<uint16_t> used;
    bool any = false;
    inspection.each({"VirtualHost"}, [&](const Node& node, Sections) {
        for (const auto& word : node.words) used.insert(port_of(word.text));
        any = true;
    });
    if (!any || used.contains(0)) return;
    inspection.each({"Listen"}, [&](const Node& node, Sections) {
        const uint16_t port = listen_port(node);
        if (port != 0 && !used.contains(port)) {
            inspection.report(134, node,
                              "port " + std::to_string(port) + " belongs to no virtual host");
        }
    });
}

void tls_on_the_http_port(Inspection& inspection)
{
    inspection.each({"VirtualHost"}, [&](const Node& node, Sections) {
        if (node.words.empty()) return;
        const uint16_t port = port_of(node.words[0].text);
        const bool tls = says(node, "SSLEngine", "on");
        if (port == 80 && tls) inspection.report(165, node, "SSLEngine on at port 80");
        const bool has_key = last_of(node.children, "SSLCertificateFile");
        if (port == 443 && !tls && has_key && !says(node, "SSLEngine", "off")) {
            auto& finding =
                inspection.report(165, node, "a certificate at port 443, but no SSLEngine on");
            finding.fix = "SSLEngine on";
        }
    });
}

void no_way_from_http(Inspection& inspection)
{
    const auto& nodes = inspection.nodes();
    for (const auto& tls : nodes) {
        if (!iequals(tls.name, "VirtualHost") || !says(tls, "SSLEngine", "on")) continue;
        const std::string name = server_name(tls);
        if (name.empty()) continue;
        const Node* plain = nullptr;
        for (const auto& other : nodes) {
            if (iequals(other.name, "VirtualHost") && &other != &tls
                && !says(other, "SSLEngine", "on") && server_name(other) == name) {
                plain = &other;
            }
        }
        if (!plain) {
            if (listened_ports(inspection).contains(80)) {
                inspection.report(173, tls, "port 80 is open, but no host there is called " + name);
            }
            continue;
        }
        bool leads = false;
        walk(plain->children, [&](const Node& line, Sections) {
            leads = leads || istarts_with(line.name, "Redirect")
                    || iequals(line.name, "RewriteRule") || iequals(line.name, "SSLRequireSSL");
        });
        const Node* root = last_of(tls.children, "DocumentRoot");
        const Node* plain_root = last_of(plain->children, "DocumentRoot");
        const bool same = root && plain_root && !root->words.empty() && !plain_root->words.empty()
                          && root->words[0].text == plain_root->words[0].text;
        if (!leads && same) {
            auto& finding = inspection.report(
                174, *plain, name + " shows " + root->words[0].text + " over plain HTTP, too");
            finding.fix = "Redirect permanent / https://" + name + "/";
        }
    }
}

// Without SO_REUSEADDR's mercy for a listener that lives: bind, then let go.
std::string why_unbindable(const net::Address& address)
{
    sockaddr_storage storage{};
    const socklen_t size = address.to_sockaddr(storage);
    const FileDescriptor socket(
        ::socket(address.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return "";
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) == 0
        && ::listen(socket.get(), 1) == 0) {
        return "";
    }
    return std::strerror(errno);
}

void ports_that_are_taken(Inspection& inspection)
{
    if (!inspection.configuration()) return;
    for (const auto& listener : inspection.configuration()->listeners) {
        const auto why = why_unbindable(listener.address);
        if (why.empty()) continue;
        auto& finding =
            inspection.report(154, listener.position, listener.address.text() + ": " + why);
        // The server itself may be what holds it.
        if (why == std::strerror(EADDRINUSE)) {
            finding.severity = diagnosis::Severity::notice;
            finding.cause = "something listens there already: this server, when it runs, or "
                            "another program";
        }
    }
}

// getaddrinfo() cannot be interrupted: a thread that takes too long is left to itself, and so owns
// what it uses.
struct Lookup {
    std::string name;
    std::promise<int> result;
};

void names_without_address(Inspection& inspection)
{
    if (inspection.options().offline || !inspection.configuration()) return;
    std::vector<std::pair<const VirtualHost*, std::future<int>>> waiting;
    for (const auto& vhost : inspection.configuration()->vhosts) {
        if (!vhost->server_name_given || waiting.size() >= 50) continue;
        auto lookup = std::make_shared<Lookup>();
        lookup->name = vhost->server_name;
        waiting.emplace_back(vhost.get(), lookup->result.get_future());
        std::thread([lookup] {
            addrinfo* found = nullptr;
            const int error = ::getaddrinfo(lookup->name.c_str(), nullptr, nullptr, &found);
            if (found) ::freeaddrinfo(found);
            lookup->result.set_value(error);
        }).detach();
    }
    const auto end = std::chrono::steady_clock::now() + patience;
    for (auto& [vhost, future] : waiting) {
        if (future.wait_until(end) != std::future_status::ready) continue;
        const int error = future.get();
        // A resolver that does not answer says nothing about the name.
        if (error != EAI_NONAME && error != EAI_NODATA) continue;
        inspection.report(155, vhost->position, vhost->server_name + " has no address");
    }
}

void without_sni(Inspection& inspection)
{
    std::map<std::string, const Node*> first;
    for (const auto& node : inspection.nodes()) {
        if (!iequals(node.name, "VirtualHost") || !says(node, "SSLEngine", "on")
            || node.words.empty()) {
            continue;
        }
        const auto [at, is_first] = first.emplace(node.words[0].text, &node);
        if (is_first) continue;
        const Node* mine = last_of(node.children, "SSLCertificateFile");
        const Node* theirs = last_of(at->second->children, "SSLCertificateFile");
        if (!mine || !theirs || mine->arguments == theirs->arguments) continue;
        inspection.report(157, node,
                          "a client without SNI is shown the certificate of "
                              + (server_name(*at->second).empty() ? at->second->position.text()
                                                                  : server_name(*at->second)));
    }
}

constexpr Rule table[] = {
    {133, "virtual hosts that no Listen serves", vhost_without_listen},
    {134, "Listen lines that no virtual host uses", listen_without_vhost},
    {165, "TLS and plain HTTP on each other's ports", tls_on_the_http_port},
    {173, "sites with TLS whose plain HTTP leads nowhere", no_way_from_http},
    {154, "addresses that cannot be bound", ports_that_are_taken},
    {155, "names without an address", names_without_address},
    {157, "certificates of clients without SNI", without_sni},
};

} // namespace

std::span<const Rule> address_rules()
{
    return table;
}

} // namespace signet::tools::check
