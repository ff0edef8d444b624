#include "tools/grade/grade.h"

#include "base/text.h"
#include "process/loader.h"
#include "tools/check/check.h"
#include "tools/grade/profile.h"
#include "tools/grade/report.h"
#include "tools/grade/server.h"
#include "tools/grade/vhosts.h"
#include "tools/style.h"

#include <algorithm>
#include <cstdio>

namespace signet::tools {
namespace {

using grade::Graded, grade::Letter, grade::Rating, grade::Survey;

constexpr int cannot_tell = 2;

int complain(const std::string& text)
{
    std::fprintf(stderr, "signet grade: %s\n", text.c_str());
    return cannot_tell;
}

Result<std::vector<Survey>> survey(const GradeRequest& request, time_t now, X509_STORE* store)
{
    if (!request.target.empty()) {
        auto found = grade::survey_server(request.target, request.name, now, store);
        if (!found) return std::unexpected(found.error());
        return std::vector{std::move(*found)};
    }
    const auto line = request.configuration.command_line();
    const process::Loader loader(line);
    config::Diagnostics diagnostics;
    const auto configuration = loader.load(true, nullptr, diagnostics);
    if (!configuration) {
        return fail("the configuration cannot be served:\n" + diagnostics.report());
    }
    auto found = grade::survey_vhosts(*configuration, request.name, now, store);
    if (found.empty()) {
        return fail(request.name.empty() ? "no virtual host has SSLEngine on"
                                         : "no virtual host with TLS is called " + request.name);
    }
    return found;
}

Result<const tls::MozillaProfile*> find_profile(const std::string& text)
{
    if (text.empty()) return nullptr;
    const size_t colon = text.find_first_of(": ");
    const auto* profile = tls::find_mozilla_profile(
        text.substr(0, colon), colon == text.npos ? std::string() : text.substr(colon + 1));
    if (profile) return profile;
    const auto name = text.substr(0, colon);
    const bool is_version = tls::find_mozilla_profile(name, {}) != nullptr;
    return fail("there is no profile " + text
                + (is_version ? std::string() : tls::profile_suggestion(name))
                + "; there are modern, intermediate and old, with :5.7, :5.8 or :6.0 behind the "
                  "name (old ends with 5.8)");
}

bool is_good_enough(const Rating& rating, std::optional<Letter> least, bool strict)
{
    if (strict && (rating.not_trusted || rating.wrong_name)) return false;
    return !least || rating.letter >= *least;
}

// The safe changes of signet check that a grade depends on.
int mend_configuration(const GradeRequest& request)
{
    if (!request.target.empty()) {
        return complain("--fix mends a configuration (-f httpd.conf), not a server at an address");
    }
    if (request.json) return complain("--fix tells what it changes, which is not for --json");
    return run_check({.configuration = request.configuration,
                      .offline = true,
                      .fix = true,
                      .only = {148, 149, 150}});
}

} // namespace

int run_grade(const GradeRequest& request)
{
    const auto least = grade::parse_letter(request.fail_under);
    if (!request.fail_under.empty() && !least) {
        return complain("--fail-under takes a grade: A+, A, A-, B … F");
    }
    const auto now = parse_moment(request.at, ::time(nullptr));
    if (!now) return complain("--at takes a date (2027-01-31) or a distance (+30d)");
    const auto profile = find_profile(request.profile);
    if (!profile) return complain(profile.error().text);
    const auto store = grade::trust_store(request.trust);
    if (!store) return complain(store.error().text);
    if (request.fix) {
        if (const int failed = mend_configuration(request); failed != 0) return failed;
    }
    auto surveys = survey(request, *now, store->get());
    if (!surveys) return complain(surveys.error().text);

    std::vector<Graded> all;
    bool good = true;
    for (auto& one : *surveys) {
        Graded graded{.survey = std::move(one)};
        graded.rating = grade::rate(graded.survey);
        if (*profile) {
            graded.profile = std::string((*profile)->name) + " " + std::string((*profile)->version);
            graded.differences = grade::compare(graded.survey, **profile);
        }
        good = good && is_good_enough(graded.rating, least, request.strict);
        all.push_back(std::move(graded));
    }
    std::string out;
    if (request.json) {
        out = grade::json_of(all);
    } else {
        for (const auto& one : all) {
            out += (out.empty() ? "" : "\n")
                   + grade::text_of(one, !request.without_clients, wants_colour());
        }
    }
    std::fputs(out.c_str(), stdout);
    return good ? 0 : 1;
}

} // namespace signet::tools
