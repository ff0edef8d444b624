#include "process/command_line.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace signet::process {
namespace {

constexpr std::string_view with_argument = "DdfCckeE";
constexpr std::string_view without_argument = "vVlLtTSMXh";

std::string last_component(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

// httpd's own reader of flags: "-f file", "-ffile", "-tS" together, "--" ends them. Words that are
// no flags are an error. (getopt(3) would accept them, and keeps its state in globals.)
class Flags {
public:
    explicit Flags(std::span<const char* const> words)
        : words_(words)
        , program_(last_component(words.empty() ? "signet" : words[0]))
    {
    }

    // The next flag with its argument, 0 at the end.
    Result<char> next(std::string& argument)
    {
        if (rest_.empty()) {
            if (at_ >= words_.size()) return '\0';
            rest_ = words_[at_];
            if (rest_.size() < 2 || rest_[0] != '-' || rest_ == "--") {
                if (rest_ != "--" || at_ + 1 < words_.size()) return fail("");
                return '\0';
            }
            ++at_;
            rest_.remove_prefix(1);
        }
        const char flag = rest_[0];
        rest_.remove_prefix(1);
        if (without_argument.find(flag) != std::string_view::npos) return flag;
        if (with_argument.find(flag) == std::string_view::npos) {
            return fail(program_ + ": illegal option -- " + flag);
        }
        if (!rest_.empty()) {
            argument = std::exchange(rest_, {});
        } else if (at_ < words_.size()) {
            argument = words_[at_++];
        } else {
            return fail(program_ + ": option requires an argument -- " + flag);
        }
        return flag;
    }

    [[nodiscard]] const std::string& program() const { return program_; }

private:
    std::span<const char* const> words_;
    std::string program_;
    std::string_view rest_{};
    size_t at_ = 1;
};

std::optional<Order> order_of(std::string_view word)
{
    static constexpr std::pair<std::string_view, Order> orders[] = {
        {"start", Order::start},
        {"stop", Order::stop},
        {"restart", Order::restart},
        {"graceful", Order::graceful},
        {"graceful-stop", Order::graceful_stop},
        {"upgrade", Order::upgrade}, // ours
    };
    for (const auto& [name, order] : orders) {
        if (name == word) return order;
    }
    return std::nullopt;
}

std::optional<diagnosis::Severity> level_of(std::string_view word)
{
    static constexpr std::array<std::string_view, 8> names{"emerg", "alert",  "crit", "error",
                                                           "warn",  "notice", "info", "debug"};
    for (size_t i = 0; i < names.size(); ++i) {
        if (iequals(names[i], word)) return static_cast<diagnosis::Severity>(i);
    }
    if (istarts_with(word, "trace")) return diagnosis::Severity::debug;
    return std::nullopt;
}

Result<void> obey(CommandLine& line, char flag, const std::string& argument,
                  const std::string& program)
{
    switch (flag) {
    case 'f': line.config_file = argument; break;
    case 'd': line.server_root = argument; break;
    case 'D': line.defines.insert(argument); break;
    case 'C': line.before.push_back(argument); break;
    case 'c': line.after.push_back(argument); break;
    case 'E': line.start_log = argument; break;
    case 'T': line.check_document_roots = false; break;
    case 't': line.task = Task::check; break;
    case 'v': line.task = Task::version; break;
    case 'V': line.task = Task::compile_settings; break;
    case 'l': line.task = Task::list_modules; break;
    case 'L': line.task = Task::list_directives; break;
    case 'h': line.task = Task::usage; break;
    case 'X': line.defines.insert("DEBUG"); break;
    case 'M':
        line.task = Task::check;
        line.defines.insert("DUMP_MODULES");
        break;
    case 'S':
        line.task = Task::check;
        line.defines.insert({"DUMP_VHOSTS", "DUMP_RUN_CFG"});
        break;
    case 'k':
        if (const auto order = order_of(argument)) {
            line.order = *order;
            break;
        }
        return fail(program + ": illegal option -- k");
    case 'e':
        line.start_level = level_of(argument);
        if (!line.start_level) return fail("");
        break;
    default: break;
    }
    return {};
}

// A file that was typed here and is not below ServerRoot is the one that is here: whoever types
// "-f site.conf" means it.
void find_config_file(CommandLine& line)
{
    std::error_code ignored;
    if (std::filesystem::exists(line.config_path(), ignored)
        || !std::filesystem::is_regular_file(line.config_file, ignored))
        return;
    line.config_file = std::filesystem::absolute(line.config_file, ignored).string();
}

} // namespace

std::string CommandLine::config_path() const
{
    if (config_file.starts_with('/')) return config_file;
    return server_root + (server_root.ends_with('/') ? "" : "/") + config_file;
}

Result<CommandLine> parse_command_line(std::span<const char* const> words)
{
    CommandLine line;
    for (const char* word : words) line.text += (line.text.empty() ? "" : " ") + std::string(word);
    line.words.assign(words.begin(), words.end());
    if (!words.empty()) line.program = words[0];
    Flags flags(words);
    std::string argument;
    bool is_named = false;
    while (true) {
        const auto flag = flags.next(argument);
        if (!flag) return std::unexpected(flag.error());
        if (*flag == '\0') break;
        is_named |= *flag == 'f';
        if (auto obeyed = obey(line, *flag, argument, flags.program()); !obeyed) {
            return std::unexpected(obeyed.error());
        }
    }
    if (is_named) find_config_file(line);
    line.single_process = line.defines.contains("DEBUG") || line.defines.contains("ONE_PROCESS");
    line.foreground = line.single_process || line.defines.contains("FOREGROUND")
                      || line.defines.contains("NO_DETACH");
    return line;
}

std::string usage(const std::string& program)
{
    const std::string indent(program.size(), ' ');
    return "Usage: " + program + " [-D name] [-d directory] [-f file]\n       " + indent
           + " [-C \"directive\"] [-c \"directive\"]\n       " + indent
           + " [-k start|restart|graceful|graceful-stop|stop]\n       " + indent
           + " [-v] [-V] [-h] [-l] [-L] [-t] [-T] [-S] [-X]\n"
             "Options:\n"
             "  -D name            : define a name for <IfDefine name>; -D FOREGROUND stays in\n"
             "                       the foreground\n"
             "  -d directory       : the ServerRoot to begin with\n"
             "  -f file            : the configuration file, below ServerRoot or here\n"
             "  -C \"directive\"     : a directive to obey before the configuration is read\n"
             "  -c \"directive\"     : a directive to obey after the configuration was read\n"
             "  -k upgrade         : put the program that the file is now in the place of the one\n"
             "                       that runs\n"
             "  -e level           : show messages of the start from this level on (see LogLevel)\n"
             "  -E file            : write messages of the start to a file\n"
             "  -v                 : show the version\n"
             "  -V                 : show version and settings of the build\n"
             "  -h                 : show this page\n"
             "  -l                 : list the modules compiled in\n"
             "  -L                 : list every directive, where it may stand, and if it works\n"
             "  -t -D DUMP_VHOSTS  : show the virtual hosts\n"
             "  -t -D DUMP_RUN_CFG : show the settings of the server\n"
             "  -S                 : the same as -t -D DUMP_VHOSTS -D DUMP_RUN_CFG\n"
             "  -t -D DUMP_MODULES : show the modules in use\n"
             "  -M                 : the same as -t -D DUMP_MODULES\n"
             "  -t -D DUMP_INCLUDES: show the configuration files that are read\n"
             "  -t                 : check the configuration\n"
             "  -T                 : start without checking that DocumentRoots exist\n"
             "  -X                 : one process in the foreground, for debugging\n";
}

} // namespace signet::process
