#include "tools/server_status.h"

#include "base/file.h"
#include "base/text.h"
#include "process/keeper.h"
#include "process/pid_file.h"
#include "tools/answer.h"
#include "tools/console.h"
#include "tools/vhost_files.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::tools {
namespace {

namespace fs = std::filesystem;

constexpr int not_running = 833;
constexpr int memory_hidden = 834;

struct StatusWanted {
    ConfigurationPlace place{};
    bool memory = false, json = false;
};

struct Process {
    pid_t pid = 0, parent = 0;
    std::string name{}; // of the thread, as ps shows it
    const char* role = "";
};

std::string folder_of(pid_t pid)
{
    return "/proc/" + std::to_string(pid);
}

// "PID (name) state parent …"; a name may hold anything, parentheses too.   proc_pid_stat(5)
std::optional<Process> read_process(pid_t pid)
{
    const auto text = read_file(folder_of(pid) + "/stat");
    if (!text) return std::nullopt;
    const size_t open = text->find('('), close = text->rfind(')');
    if (open == text->npos || close == text->npos || close < open) return std::nullopt;
    const auto words = split_words(std::string_view(*text).substr(close + 1));
    const auto parent = words.size() > 1 ? parse_number<pid_t>(words[1]) : std::nullopt;
    if (!parent) return std::nullopt;
    return Process{.pid = pid, .parent = *parent, .name = text->substr(open + 1, close - open - 1)};
}

// Which file it runs, by device and number: the path may have been replaced by an upgrade.
bool run_same_program(pid_t one, pid_t other)
{
    std::error_code error;
    return fs::equivalent(folder_of(one) + "/exe", folder_of(other) + "/exe", error);
}

const char* role_of(const Process& one, pid_t master)
{
    if (one.pid == master) return "master";
    if (one.name == process::keeper_name) return "keeper";
    if (one.parent == master && run_same_program(one.pid, master)) return "worker";
    return "program"; // of CGI, of a piped log
}

// The master, then all that descends from it.
std::vector<Process> processes_of(pid_t master)
{
    std::multimap<pid_t, Process> children;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
        const auto pid = parse_number<pid_t>(entry.path().filename().string());
        if (!pid) continue;
        if (auto one = read_process(*pid)) children.emplace(one->parent, std::move(*one));
    }
    std::vector<Process> found;
    if (auto one = read_process(master)) found.push_back(std::move(*one));
    for (size_t i = 0; i < found.size(); i++) {
        const auto [from, to] = children.equal_range(found[i].pid);
        for (auto child = from; child != to; ++child) found.push_back(child->second);
    }
    for (auto& one : found) one.role = role_of(one, master);
    return found;
}

struct SharedRegion {
    std::string name{};
    size_t size = 0, used = 0;
};

// The memory that all workers share is behind descriptors that the master keeps open.
std::vector<SharedRegion> shared_regions(pid_t master)
{
    constexpr std::string_view begin = "/memfd:", end = " (deleted)";
    std::map<ino_t, SharedRegion> regions; // one may be open twice
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_of(master) + "/fd", error)) {
        std::string target = fs::read_symlink(entry.path(), error).string();
        struct stat status {};
        if (error || !target.starts_with(begin) || ::stat(entry.path().c_str(), &status) != 0)
            continue;
        target.erase(0, begin.size());
        if (target.ends_with(end)) target.resize(target.size() - end.size());
        regions[status.st_ino] = {.name = target,
                                  .size = static_cast<size_t>(status.st_size),
                                  .used = static_cast<size_t>(status.st_blocks) * 512};
    }
    std::vector<SharedRegion> list;
    for (auto& [number, region] : regions) list.push_back(std::move(region));
    std::ranges::sort(list, {}, &SharedRegion::name);
    return list;
}

std::string kilobytes(size_t bytes)
{
    std::string text = std::to_string((bytes + 1023) / 1024) + " kB";
    return std::string(text.size() < 11 ? 11 - text.size() : 1, ' ') + text;
}

std::string column(std::string text, size_t width)
{
    text.resize(std::max(width, text.size() + 1), ' ');
    return text;
}

void tell_shared(pid_t master, Answer& answer)
{
    auto& rows = answer.facts()["shared"] = pki::Facts::array();
    const auto regions = shared_regions(master);
    if (!regions.empty())
        answer.say("\n" + column("shared by all of them", 26) + "       size       used\n");
    for (const auto& region : regions) {
        rows.push_back({{"name", region.name}, {"size", region.size}, {"used", region.used}});
        answer.say(column(region.name, 26) + kilobytes(region.size) + kilobytes(region.used)
                   + "\n");
    }
}

int tell_memory(const std::vector<Process>& all, Answer& answer)
{
    auto& rows = answer.facts()["processes"] = pki::Facts::array();
    answer.say(column("process", 26) + "        PSS        RSS     shared    private\n");
    MemoryUse sum;
    for (const auto& one : all) {
        const auto text = read_file(folder_of(one.pid) + "/smaps_rollup");
        if (!text && read_process(one.pid))
            return answer.complain(memory_hidden, text.error().text);
        if (!text) continue; // it has ended
        const auto use = parse_memory_use(*text);
        sum.proportional += use.proportional;
        sum.resident += use.resident;
        rows.push_back({{"pid", one.pid},
                        {"role", one.role},
                        {"name", one.name},
                        {"pss", use.proportional},
                        {"rss", use.resident},
                        {"shared", use.shared},
                        {"private", use.own}});
        answer.say(column(std::to_string(one.pid) + " " + one.role, 26)
                   + kilobytes(use.proportional) + kilobytes(use.resident) + kilobytes(use.shared)
                   + kilobytes(use.own) + "\n");
    }
    answer.facts()["total"] = {{"pss", sum.proportional}, {"rss", sum.resident}};
    answer.say(column("all", 26) + kilobytes(sum.proportional) + kilobytes(sum.resident) + "\n");
    tell_shared(all.front().pid, answer);
    answer.say(
        "\nThe server uses the sum of PSS. RSS, which top shows, has every shared page in each "
        "process.\n");
    return exit_done;
}

int run_status(const StatusWanted& wanted, Answer& answer)
{
    const auto read = read_configuration(wanted.place);
    if (!read) return answer.complain(configuration_unreadable, read.error().text);
    const auto path = read->configuration->path(read->configuration->process.pid_file);
    const auto file = process::read_pid_file(path);
    answer.facts()["running"] = file.state == process::PidFile::State::running;
    answer.facts()["pid_file"] = path;
    if (file.state != process::PidFile::State::running) {
        answer.complain(not_running, process::describe(file) + ": " + path);
        return exit_no;
    }
    answer.facts()["pid"] = file.pid;
    const auto all = processes_of(file.pid);
    answer.say("The server runs as process " + std::to_string(file.pid) + ".\n\n");
    if (wanted.memory && !all.empty()) return tell_memory(all, answer);
    auto& rows = answer.facts()["processes"] = pki::Facts::array();
    for (const auto& one : all) {
        rows.push_back({{"pid", one.pid}, {"role", one.role}, {"name", one.name}});
        answer.say(std::to_string(one.pid) + " " + one.role + "\n");
    }
    return exit_done;
}

} // namespace

MemoryUse parse_memory_use(std::string_view smaps_rollup)
{
    MemoryUse use;
    for (const auto line : split(smaps_rollup, '\n')) {
        const auto words = split_words(line); // "Pss:  1234 kB"
        const auto number = words.size() == 3 ? parse_number<size_t>(words[1]) : std::nullopt;
        if (!number || *number > SIZE_MAX / 1024) continue;
        const size_t bytes = *number * 1024;
        if (words[0] == "Rss:") use.resident = bytes;
        if (words[0] == "Pss:") use.proportional = bytes;
        if (words[0] == "Shared_Clean:" || words[0] == "Shared_Dirty:") use.shared += bytes;
        if (words[0] == "Private_Clean:" || words[0] == "Private_Dirty:") use.own += bytes;
    }
    return use;
}

void add_status_verb(CLI::App& app, int& code)
{
    auto* verb = app.add_subcommand("status", "tell which processes the running server has");
    auto wanted = std::make_shared<StatusWanted>();
    verb->add_option("-f", wanted->place.file, "the configuration, which names the pid file");
    verb->add_option("-d", wanted->place.root, "its ServerRoot");
    verb->add_flag("--memory", wanted->memory, "what each of them uses, and what they share");
    verb->add_flag("--json", wanted->json, "for programs");
    verb->callback([wanted, &code] {
        Answer answer("status", wanted->json);
        code = run_status(*wanted, answer);
        answer.deliver();
    });
}

} // namespace signet::tools
