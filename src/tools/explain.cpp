#include "tools/explain.h"

#include "base/text.h"
#include "diagnosis/catalogue.h"
#include "tools/explain_tls.h"
#include "tools/explain_topic.h"
#include "tools/style.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace signet::tools {
namespace {

using diagnosis::Entry;

constexpr std::string_view severities[] = {"emerg", "alert",  "crit", "error",
                                           "warn",  "notice", "info", "debug"};

std::optional<int> digits(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// Paragraphs with their labels, broken at 80 columns.
std::string text_of(const Entry& entry, pki::Facts* found)
{
    if (found) {
        pki::Facts fact;
        fact["id"] = diagnosis::name(entry.id);
        if (!entry.apache.empty()) fact["apache"] = entry.apache;
        fact["severity"] = severities[static_cast<size_t>(entry.severity)];
        fact["message"] = entry.symptom;
        fact["cause"] = entry.cause;
        if (!entry.fix.empty()) fact["fix"] = entry.fix;
        found->push_back(std::move(fact));
    }
    std::string out = diagnosis::name(entry.id);
    if (!entry.apache.empty()) out.append("  ").append(entry.apache);
    out.append("  (").append(severities[static_cast<size_t>(entry.severity)]).append(")\n");
    out += paragraph("message:", entry.symptom, 10, 80) + paragraph("cause:", entry.cause, 10, 80);
    if (!entry.fix.empty()) out += paragraph("fix:", entry.fix, 10, 80);
    return out;
}

Result<std::string> explain_ours(std::string_view written, std::string_view number,
                                 pki::Facts* found)
{
    const auto id = digits(number);
    const Entry* entry = id ? diagnosis::find(*id) : nullptr;
    if (!entry) return fail("There is no message " + std::string(written) + ".");
    return text_of(*entry, found);
}

Result<std::string> explain_apaches(std::string_view written, pki::Facts* found)
{
    std::string out;
    for (const auto& entry : diagnosis::all()) {
        if (!iequals(entry.apache, written)) continue;
        out += (out.empty() ? "" : "\n") + text_of(entry, found);
    }
    if (!out.empty()) return out;
    return fail("signet has no message with Apache's number " + std::string(written)
                + "; https://httpd.apache.org/docs/2.4/logs.html says how to read Apache's log.");
}

// A message, a TLS alert, or a number that a question has in it.
Result<std::string> explain_bare_number(std::string_view number, pki::Facts* found)
{
    auto ours = explain_ours(number, number, found);
    if (ours) return ours;
    if (auto alert = explain_alert(number, found)) return alert;
    if (number.starts_with("-")) return ours;
    if (auto topic = explain_topic(number, found)) return topic;
    return ours;
}

} // namespace

bool is_message_number(std::string_view text)
{
    while (text.ends_with(':') || text.ends_with(']')) text.remove_suffix(1);
    if (istarts_with(text, "SG") || istarts_with(text, "AH")) text.remove_prefix(2);
    return digits(text).has_value();
}

Result<std::string> explain(std::string_view number, pki::Facts* found)
{
    // As it is copied from a log: "AH00558:".
    while (number.ends_with(':') || number.ends_with(']')) number.remove_suffix(1);
    if (auto code = explain_openssl_code(number, found)) return code;
    if (!is_message_number(number)) {
        // A line copied from a log is longer than a question, and exact.
        if (number.starts_with("error:")) {
            if (const auto error = explain_openssl_error(number, found)) return error;
            const auto code = number.substr(6, number.find(':', 6) - 6);
            if (const auto error = explain_openssl_code(code, found)) return error;
        }
        if (number.find(' ') == number.npos) {
            if (const auto alert = explain_alert(number, found)) return alert;
        }
        return explain_topic(number, found);
    }
    if (istarts_with(number, "SG")) return explain_ours(number, number.substr(2), found);
    if (istarts_with(number, "AH")) return explain_apaches(number, found);
    return explain_bare_number(number, found);
}

} // namespace signet::tools
