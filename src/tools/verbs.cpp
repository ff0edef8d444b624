#include "tools/verbs.h"

#include "tools/acme_status.h"
#include "tools/adopt.h"
#include "tools/answer.h"
#include "tools/ca.h"
#include "tools/cert.h"
#include "tools/check/check.h"
#include "tools/ciphers.h"
#include "tools/console.h"
#include "tools/explain.h"
#include "tools/explain_tls.h"
#include "tools/explain_transcript.h"
#include "tools/grade/grade.h"
#include "tools/probe.h"
#include "tools/report/report.h"
#include "tools/server_status.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace signet::tools {
namespace {

int print(const Result<std::string>& text)
{
    if (!text) {
        std::fputs((text.error().text + "\n").c_str(), stderr);
        return 1;
    }
    std::fputs(text->c_str(), stdout);
    return 0;
}

constexpr int wrong_usage = 830;       // the words after "signet" are not understood
constexpr int nothing_explained = 831; // signet explain knows nothing about it

// One question to signet explain, and what is said to it.
int explain_one(const Result<std::string>& text, Answer& answer)
{
    if (text) {
        answer.say(*text);
        return exit_done;
    }
    if (answer.is_json())
        answer.complain(nothing_explained, text.error().text);
    else
        std::fputs((text.error().text + "\n").c_str(), stderr);
    return exit_no;
}

// Numbers are explained one by one, other words are one question.
int explain_all(const std::vector<std::string>& numbers, Answer& answer)
{
    auto* found = &(answer.facts()["explanations"] = pki::Facts::array());
    if (numbers.size() == 2 && numbers[0] == "transcript")
        return explain_transcript(numbers[1], answer);
    if (numbers.size() == 2 && numbers[0] == "alert")
        return explain_one(explain_alert(numbers[1], found), answer);
    if (numbers.size() == 2 && numbers[0] == "cipher")
        return explain_one(explain_cipher(numbers[1], found), answer);
    if (!std::ranges::all_of(numbers, is_message_number)) {
        std::string question;
        for (const auto& word : numbers) question += (question.empty() ? "" : " ") + word;
        return explain_one(explain(question, found), answer);
    }
    int code = 0;
    for (size_t i = 0; i < numbers.size(); ++i) {
        if (i > 0) answer.say("\n");
        code |= explain_one(explain(numbers[i], found), answer);
    }
    return code;
}

// What the parser of the command line refused, for a program that reads JSON only.
int refuse_usage(const std::vector<std::string>& words, const std::string& text)
{
    Answer answer(words.empty() ? "" : words.front(), true);
    answer.complain(wrong_usage, text);
    answer.deliver();
    return exit_failed;
}

// The verbs and what they were given.
struct Verbs {
    CLI::App app{"signet: a web server that reads httpd.conf. Without a verb it takes httpd's "
                 "flags: signet -h.",
                 "signet"};
    std::vector<std::string> numbers;
    bool explain_as_json = false;
    Adoption adoption;
    CLI::App* explain = nullptr;
    CLI::App* adopt = nullptr;
    CheckRequest checking;
    CLI::App* check = nullptr;
    GradeRequest grading;
    CLI::App* grade = nullptr;
    ReportRequest reporting;
    CLI::App* report = nullptr;
    AcmeQuestion acme;
    CLI::App* acme_status = nullptr;
    int code = 0; // of the verbs that act while they are parsed

    Verbs()
    {
        app.require_subcommand(1);
        app.set_help_flag("--help", "show the verbs");
        explain = app.add_subcommand("explain", "say what a message means and what to do");
        explain
            ->add_option("number", numbers,
                         "as in the log: SG0042 or AH00558; alert NAME, cipher NAME, transcript "
                         "FILE; or a question")
            ->required();
        explain->add_flag("--json", explain_as_json, "for programs");
        adopt = app.add_subcommand("adopt", "serve Apache's configuration in its place");
        adopt->add_option("--from", adoption.folder, "Apache's folder")->capture_default_str();
        adopt->add_option("--note", adoption.note, "where to write what was adopted")
            ->capture_default_str();
        adopt->add_flag("--check", adoption.only_check, "report only, write nothing");
        adopt->add_flag("--undo", adoption.undo, "hand back to Apache");
        add_check();
        add_grade();
        report = app.add_subcommand("report", "gather what whoever helps has to know");
        reporting.configuration.add_to(*report);
        report->add_option("-o,--output", reporting.output, "a file in place of the terminal");
        report->add_flag("--json", reporting.json, "for programs");
        report->add_flag("--with-configuration", reporting.with_configuration,
                         "the text of the files, too, with secrets taken out");
        add_acme();
        add_cert_verb(app, code);
        add_ca_verb(app, code);
        add_probe_verb(app, code);
        add_ciphers_verb(app, code);
        add_status_verb(app, code);
    }

private:
    void add_check()
    {
        check = app.add_subcommand("check", "find what is wrong with a configuration, and mend it");
        checking.configuration.add_to(*check);
        check->add_flag("--fix", checking.fix, "make the safe changes, keeping copies");
        check->add_option("--at", checking.at, "as of a date: 2027-01-31, +30d");
        check->add_option("--since", checking.since,
                          "what the error log complains of since the last reload: 15m");
        check->add_flag("--offline", checking.offline, "resolve no names");
        check->add_flag("--strict", checking.strict, "exit with 1 for notices, too");
        check->add_flag("--json", checking.json, "for programs");
        check->add_flag("--migrate", checking.migrate,
                        "tell of each line whether it is kept, translated or ignored");
        check->add_option("--recover", checking.recover,
                          "print a file with the line breaks that it lost (with --fix: write it)");
        check->add_flag("--rules", checking.rules, "list what is looked for");
    }
    void add_acme()
    {
        CLI::App* about_acme =
            app.add_subcommand("acme", "certificates that the server gets by itself");
        about_acme->require_subcommand(1);
        acme_status = about_acme->add_subcommand("status", "what happened last and comes next");
        acme_status->add_option("-d", acme.server_root, "ServerRoot");
        acme_status->add_option("-f", acme.config_file, "the configuration");
        acme_status->add_flag("--json", acme.json, "for programs");
    }
    void add_grade()
    {
        grade =
            app.add_subcommand("grade", "rate TLS as SSL Labs does, and say what holds it down");
        grade->add_option("server", grading.target,
                          "host:port of a server; else the configuration");
        grading.configuration.add_to(*grade);
        grade->add_option("--vhost,--servername", grading.name, "only the host of this name");
        grade->add_option("--fail-under", grading.fail_under, "exit with 1 below this grade: A+");
        grade->add_flag("--strict", grading.strict, "exit with 1 for T and M, too");
        grade->add_flag("--fix", grading.fix,
                        "first mend what the grade depends on, keeping copies");
        grade->add_option("--profile", grading.profile, "compare with Mozilla's: intermediate:6.0");
        grade->add_option("--CAfile", grading.trust, "roots to trust in place of the system's");
        grade->add_option("--at", grading.at, "as of a date: 2027-01-31, +30d");
        grade->add_flag("--json", grading.json, "for programs");
        grade->add_flag("--no-clients", grading.without_clients, "without the table of clients");
    }
};

int obey(std::span<const char* const> words)
{
    Verbs verbs;
    std::vector<std::string> arguments(words.begin() + 1, words.end());
    const bool old =
        words[1] == std::string_view("explain") || words[1] == std::string_view("adopt");
    if (words[1] == std::string_view("probe")) arguments = with_two_dashes(std::move(arguments));
    auto reversed = arguments; // as this overload of parse() takes them
    std::ranges::reverse(reversed);
    try {
        verbs.app.parse(std::move(reversed));
    } catch (const CLI::ParseError& error) { // the library's way to say so, --help included
        const bool is_help = error.get_exit_code() == 0;
        if (!is_help && std::ranges::find(arguments, "--json") != arguments.end()) {
            const int code = refuse_usage(arguments, error.what());
            return old ? 1 : code;
        }
        if (verbs.app.exit(error) == 0) return 0;
        return old ? 1 : exit_failed;
    }
    if (*verbs.explain) {
        Answer answer("explain", verbs.explain_as_json);
        const int code = explain_all(verbs.numbers, answer);
        answer.deliver();
        return code;
    }
    if (*verbs.check) return run_check(verbs.checking);
    if (*verbs.report) return run_report(verbs.reporting);
    if (*verbs.grade) return run_grade(verbs.grading);
    if (*verbs.acme_status) {
        const auto text = tools::acme_status(verbs.acme);
        if (text || !verbs.acme.json) return print(text);
        Answer answer("acme status", true);
        answer.complain(configuration_unreadable, text.error().text);
        answer.deliver();
        return exit_no;
    }
    if (*verbs.adopt) return run_adoption(verbs.adoption);
    return verbs.code;
}

} // namespace

std::optional<int> run_verb(std::span<const char* const> words)
{
    if (words.size() < 2) return std::nullopt;
    const std::string_view first = words[1];
    if (first.starts_with('-') && first != "--help") return std::nullopt;
    return obey(words);
}

} // namespace signet::tools
