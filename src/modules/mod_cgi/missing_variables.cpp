#include "modules/mod_cgi/missing_variables.h"

#include "base/file.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/scope.h"
#include "server/vhost.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace signet::mod_cgi {
namespace {

constexpr int variables_missing = 826;

bool belongs_to_name(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Not SSL_TLS_SNI, which is always set, nor OpenSSL's names.
bool is_of_mod_ssl(std::string_view name)
{
    constexpr std::array<std::string_view, 8> starts{
        "SSL_PROTOCOL", "SSL_CIPHER",   "SSL_CLIENT_",         "SSL_SERVER_",
        "SSL_SESSION_", "SSL_VERSION_", "SSL_COMPRESS_METHOD", "SSL_SECURE_RENEG"};
    return std::ranges::any_of(starts,
                               [&](std::string_view start) { return name.starts_with(start); });
}

bool needs_certificates(std::string_view name)
{
    return name == "SSL_SERVER_CERT" || name == "SSL_CLIENT_CERT"
           || name.starts_with("SSL_CLIENT_CERT_CHAIN_");
}

// A script, or the texts in a compiled program.
std::string beginning_of(const std::string& path)
{
    constexpr size_t most = size_t{64} * 1024;
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    std::string text(most, '\0');
    const ssize_t got = file ? ::pread(file.get(), text.data(), text.size(), 0) : 0;
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
}

std::string section_of(const server::Request& request)
{
    const auto& sections = request.scope->provenance;
    return (sections.empty() ? request.vhost->position : *sections.back()).text();
}

} // namespace

std::vector<std::string> tls_variables_in(std::string_view program)
{
    constexpr size_t most = 8;
    std::vector<std::string> names;
    for (size_t at = program.find("SSL_"); at != std::string_view::npos && names.size() < most;
         at = program.find("SSL_", at + 1)) {
        if (at > 0 && belongs_to_name(program[at - 1])) continue;
        size_t end = at;
        while (end < program.size() && belongs_to_name(program[end])) ++end;
        std::string name(program.substr(at, end - at));
        if (is_of_mod_ssl(name) && std::ranges::find(names, name) == names.end())
            names.push_back(std::move(name));
    }
    return names;
}

void MissingVariables::look_at(const server::Request& request)
{
    if (!request.is_tls() || !log_enabled(request, server::Severity::warn, "ssl")) return;
    const bool has_standard = request.env.has("SSL_PROTOCOL");
    const bool has_certificates = request.env.has("SSL_SERVER_CERT");
    if ((has_standard && has_certificates) || seen_.contains(request.filename)
        || seen_.size() >= most_programs)
        return;
    seen_.emplace(request.filename);
    auto names = tls_variables_in(beginning_of(std::string(request.filename)));
    std::erase_if(names, [&](const std::string& name) {
        return needs_certificates(name) ? has_certificates : has_standard;
    });
    if (names.empty()) return;
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    const bool wants_certificates = std::ranges::any_of(names, needs_certificates);
    const bool wants_standard = !std::ranges::all_of(names, needs_certificates);
    const std::string options = std::string(wants_standard ? " +StdEnvVars" : "")
                                + (wants_certificates ? " +ExportCertData" : "");
    const auto* entry = diagnosis::find(variables_missing);
    const auto directory = request.filename.substr(0, request.filename.rfind('/'));
    server::log_event(
        request, {.severity = server::Severity::warn, .module = "ssl", .id = variables_missing},
        request.filename, " reads ", list, ", which nothing sets: \"SSLOptions", options,
        "\" does not apply to it (last section: ", section_of(request),
        "); cause: ", entry ? entry->cause : "", "; fix: <Directory \"", directory,
        "\"> SSLOptions", options, " </Directory>");
}

} // namespace signet::mod_cgi
