#include "tools/verbs.h"

#include "tools/adopt.h"
#include "tools/explain.h"
#include "tools/explain_tls.h"

#include <CLI/CLI.hpp>
#include <cstdio>
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

int explain_all(const std::vector<std::string>& numbers)
{
    if (numbers.size() == 2 && numbers[0] == "alert") return print(explain_alert(numbers[1]));
    if (numbers.size() == 2 && numbers[0] == "cipher") return print(explain_cipher(numbers[1]));
    int code = 0;
    for (size_t i = 0; i < numbers.size(); ++i) {
        if (i > 0) std::fputs("\n", stdout);
        code |= print(explain(numbers[i]));
    }
    return code;
}

// The verbs and what they were given.
struct Verbs {
    CLI::App app{"signet: a web server that reads httpd.conf. Without a verb it takes httpd's "
                 "flags: signet -h.",
                 "signet"};
    std::vector<std::string> numbers;
    Adoption adoption;
    CLI::App* explain = nullptr;
    CLI::App* adopt = nullptr;

    Verbs()
    {
        app.require_subcommand(1);
        app.set_help_flag("--help", "show the verbs");
        explain = app.add_subcommand("explain", "say what a message means and what to do");
        explain
            ->add_option(
                "number", numbers,
                "as in the log: SG0042, AH00558, 'no shared cipher'; or: alert NAME, cipher NAME")
            ->required();
        adopt = app.add_subcommand("adopt", "serve Apache's configuration in its place");
        adopt->add_option("--from", adoption.folder, "Apache's folder")->capture_default_str();
        adopt->add_option("--note", adoption.note, "where to write what was adopted")
            ->capture_default_str();
        adopt->add_flag("--check", adoption.only_check, "report only, write nothing");
        adopt->add_flag("--undo", adoption.undo, "hand back to Apache");
    }
};

int obey(std::span<const char* const> words)
{
    Verbs verbs;
    try {
        verbs.app.parse(static_cast<int>(words.size()), words.data());
    } catch (const CLI::ParseError& error) { // the library's way to say so, --help included
        return verbs.app.exit(error) == 0 ? 0 : 1;
    }
    if (*verbs.explain) return explain_all(verbs.numbers);
    return run_adoption(verbs.adoption);
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
