#include "tools/grade/report.h"

#include "diagnosis/catalogue.h"
#include "tools/configuration_options.h"
#include "tools/style.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace signet::tools::grade {
namespace {

Ink ink_of(Letter letter)
{
    if (letter >= Letter::a) return Ink::green;
    return letter >= Letter::b ? Ink::yellow : Ink::red;
}

std::string headline(const Graded& graded, bool colour)
{
    const Rating& rating = graded.rating;
    const bool out_of_scale = rating.not_trusted || rating.wrong_name;
    std::string out =
        inked(Ink::bold, graded.survey.label, colour) + "  "
        + inked(out_of_scale ? Ink::red : ink_of(rating.letter), rating.shown(), colour);
    if (out_of_scale) {
        out += "  (if trust is ignored: "
               + inked(ink_of(rating.letter), name(rating.letter), colour) + ")";
    }
    if (!graded.survey.vhost.where.empty()) out += "  " + graded.survey.vhost.where;
    return out + "\n";
}

std::string versions_and_suites(const Survey& survey)
{
    std::string out;
    for (auto at = survey.suites.rbegin(); at != survey.suites.rend(); ++at) {
        std::string names;
        for (const auto number : at->second) names += suite_name(number) + " ";
        out += paragraph("  " + version_name(at->first), names, 13);
    }
    std::string groups;
    for (const auto group : survey.groups) groups += group_name(group) + " ";
    if (!groups.empty()) out += paragraph("  groups", groups, 13);
    return out;
}

// No rule of the guide: the owner decides. So it says what there is to decide.
std::string early_data(const Survey& survey)
{
    if (survey.early_data == 0) return {};
    return paragraph(
        "  0-RTT",
        "early data of up to " + std::to_string(survey.early_data)
            + " bytes is taken before the handshake is over (SSLEarlyData on): saves a "
              "round trip, but who records such a request can send it again. Safe "
              "where no GET has an effect; `SSLEarlyData off` ends it",
        13);
}

std::string certificates(const Survey& survey)
{
    std::string out;
    for (const auto& one : survey.certificates) {
        std::string text = one.subject + ", " + one.key + ", " + one.digest + ", until "
                           + moment_text(one.not_after);
        if (!one.trusted) text += "; not trusted: " + one.distrust;
        if (!one.covers_name) text += "; does not name " + survey.name;
        out += paragraph("  key", text, 13);
    }
    return out;
}

std::string cap_text(const Cap& cap, bool colour)
{
    std::string out =
        "  " + inked(Ink::bold, diagnosis::name(cap.rule->id), colour) + "  no better than "
        + inked(ink_of(cap.rule->cap), name(cap.rule->cap), colour) + ": " + cap.evidence + "\n";
    if (!cap.place.where.empty()) {
        out += paragraph("          line:", cap.place.where + "  " + cap.place.line, 18);
    }
    const auto* entry = diagnosis::find(cap.rule->id);
    std::string fix(cap.rule->fix);
    if (fix.empty() && entry) fix = entry->fix;
    out += paragraph("          fix:", fix, 18);
    out += paragraph("          then:", std::string(name(cap.after)), 18);
    return out;
}

// What an Apache whose library still has it all would make of the same lines.
std::string as_written(const Survey& survey)
{
    std::string names;
    for (const auto& version : survey.written_versions) names += version + " ";
    for (const auto number : survey.written_broken) names += suite_name(number) + " ";
    if (names.empty()) return {};
    Survey written = survey;
    for (const auto number : survey.written_broken) written.suites[0x0303].push_back(number);
    for (const auto& version : survey.written_versions) {
        if (version == "SSLv3") written.suites[0x0300];
        if (version == "TLSv1") written.suites[0x0301];
    }
    const Rating rating = rate(written);
    std::string why;
    for (const auto& cap : rating.caps) {
        if (cap.rule->cap > Letter::b) continue;
        why += (why.empty() ? "" : "; ") + diagnosis::name(cap.rule->id) + " " + cap.evidence;
    }
    return paragraph("  as written",
                     "The lines also ask for what is not served: " + names
                         + "- where a library still has it, the grade is "
                         + std::string(name(rating.letter)) + (why.empty() ? "" : ": " + why),
                     13);
}

// Fits a terminal of 80 columns.
std::string client_table(const Survey& survey, bool colour)
{
    constexpr size_t width = 80;
    std::string out = "  clients\n";
    for (const auto& one : survey.clients) {
        std::string client = "  " + one.client;
        client.resize(28, ' ');
        if (one.version == 0) {
            constexpr std::string_view fails = "fails";
            auto row = paragraph(client + std::string(fails), one.failure, 36, width);
            out += row.replace(client.size(), fails.size(), inked(Ink::red, fails, colour));
            continue;
        }
        std::string suite = suite_name(one.suite);
        suite.resize(std::max<size_t>(30, suite.size() + 1), ' ');
        out += client + version_name(one.version) + " " + suite + group_name(one.group) + "\n";
    }
    return out;
}

nlohmann::json json_of(const Place& place)
{
    return {{"position", place.where}, {"line", place.line}};
}

nlohmann::json json_of(const Graded& graded)
{
    const Survey& survey = graded.survey;
    const Rating& rating = graded.rating;
    nlohmann::json out = {
        {"host", survey.label},
        {"name", survey.name},
        {"grade", rating.shown()},
        {"grade_if_trusted", name(rating.letter)},
        {"grade_after_fixes", name(rating.mended)},
        {"scores",
         {{"protocol", rating.protocol},
          {"key_exchange", rating.key_exchange},
          {"cipher", rating.cipher},
          {"total", rating.total}}},
        {"vhost", json_of(survey.vhost)},
        {"hsts", survey.hsts},
        {"server_order", survey.server_order},
        {"dh_bits", survey.dh_bits},
        {"fallback_signal", survey.fallback_signal},
        {"secure_renegotiation", survey.secure_renegotiation},
        {"compression", survey.compression},
        {"early_data", survey.early_data},
        {"caps", nlohmann::json::array()},
        {"suites", nlohmann::json::object()},
        {"groups", nlohmann::json::array()},
        {"certificates", nlohmann::json::array()},
        {"clients", nlohmann::json::array()},
        {"asked_for_in_vain", nlohmann::json::array()},
    };
    for (const auto& cap : rating.caps) {
        const auto* entry = diagnosis::find(cap.rule->id);
        out["caps"].push_back({{"id", diagnosis::name(cap.rule->id)},
                               {"cap", name(cap.rule->cap)},
                               {"evidence", cap.evidence},
                               {"place", json_of(cap.place)},
                               {"fix", cap.rule->fix.empty() && entry ? entry->fix : cap.rule->fix},
                               {"grade_after", name(cap.after)}});
    }
    for (const auto& [version, suites] : survey.suites) {
        auto& list = out["suites"][version_name(version)];
        for (const auto number : suites) list.push_back(suite_name(number));
    }
    for (const auto group : survey.groups) out["groups"].push_back(group_name(group));
    for (const auto& one : survey.certificates) {
        out["certificates"].push_back({{"subject", one.subject},
                                       {"issuer", one.issuer},
                                       {"key", one.key},
                                       {"signature_digest", one.digest},
                                       {"covers_name", one.covers_name},
                                       {"chain_complete", one.chain_complete},
                                       {"not_after", moment_text(one.not_after)},
                                       {"trusted", one.trusted},
                                       {"why_not", one.distrust},
                                       {"names", one.names}});
    }
    for (const auto& one : survey.clients) {
        nlohmann::json row = {{"client", one.client}, {"reference", one.is_reference}};
        if (one.version == 0) {
            row["fails"] = one.failure;
        } else {
            row["version"] = version_name(one.version);
            row["suite"] = suite_name(one.suite);
            row["group"] = group_name(one.group);
        }
        out["clients"].push_back(std::move(row));
    }
    for (const auto& one : survey.written_versions) out["asked_for_in_vain"].push_back(one);
    for (const auto one : survey.written_broken) {
        out["asked_for_in_vain"].push_back(suite_name(one));
    }
    if (!graded.profile.empty()) {
        out["profile"] = {{"name", graded.profile}, {"differences", graded.differences}};
    }
    return out;
}

} // namespace

std::string text_of(const Graded& graded, bool with_clients, bool colour)
{
    const Rating& rating = graded.rating;
    std::string out = headline(graded, colour);
    out += "  scores     protocol " + std::to_string(rating.protocol) + ", key exchange "
           + std::to_string(rating.key_exchange) + ", cipher " + std::to_string(rating.cipher)
           + ": " + std::to_string(rating.total) + "\n";
    out += versions_and_suites(graded.survey) + early_data(graded.survey)
           + certificates(graded.survey);
    for (const auto& cap : rating.caps) out += cap_text(cap, colour);
    if (rating.caps.size() > 1) {
        out += "  with all of these mended: " + std::string(name(rating.mended)) + "\n";
    }
    out += as_written(graded.survey);
    if (!graded.profile.empty()) {
        out += "  profile    " + graded.profile
               + (graded.differences.empty() ? ": no difference\n" : ":\n");
        for (const auto& one : graded.differences) out += "    " + one + "\n";
    }
    if (with_clients) out += client_table(graded.survey, colour);
    return out;
}

std::string json_of(const std::vector<Graded>& all)
{
    nlohmann::json out = nlohmann::json::array();
    for (const auto& one : all) out.push_back(json_of(one));
    return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace signet::tools::grade
