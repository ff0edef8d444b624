#include "tools/check/edits.h"

#include "base/file.h"
#include "base/text.h"
#include "tools/style.h"

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::tools::check {
namespace {

std::vector<std::string_view> lines_of(std::string_view text)
{
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == text.npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

bool is_insertion(const Edit& edit)
{
    return edit.last < edit.first;
}

bool overlap(const Edit& one, const Edit& other)
{
    if (is_insertion(one) || is_insertion(other)) {
        return is_insertion(one) && is_insertion(other) && one.first == other.first
               && one.text == other.text;
    }
    return one.first <= other.last && other.first <= one.last;
}

} // namespace

std::map<std::string, std::vector<Edit>> collect_edits(const std::vector<Finding>& findings)
{
    std::map<std::string, std::vector<Edit>> by_file;
    for (const auto& finding : findings) {
        for (const auto& edit : finding.edits) {
            auto& list = by_file[edit.file];
            const auto clashes = [&](const Edit& other) { return overlap(edit, other); };
            if (std::ranges::none_of(list, clashes)) list.push_back(edit);
        }
    }
    for (auto& [file, list] : by_file) std::ranges::stable_sort(list, {}, &Edit::first);
    return by_file;
}

std::string edited(std::string_view text, const std::vector<Edit>& edits)
{
    const auto lines = lines_of(text);
    std::string out;
    uint32_t number = 1;
    const auto copy_until = [&](uint32_t end) {
        for (; number < end && number <= lines.size(); ++number) {
            out.append(lines[number - 1]).append("\n");
        }
    };
    for (const auto& edit : edits) {
        copy_until(edit.first);
        if (!edit.text.empty()) out.append(edit.text).append("\n");
        if (!is_insertion(edit)) number = std::max(number, edit.last + 1);
    }
    copy_until(static_cast<uint32_t>(lines.size()) + 1);
    return out;
}

std::string diff_of(const std::string& path, std::string_view text, const std::vector<Edit>& edits,
                    bool colour)
{
    const auto lines = lines_of(text);
    std::string out = "--- " + path + "\n+++ " + path + " (mended)\n";
    for (const auto& edit : edits) {
        const uint32_t removed = is_insertion(edit) ? 0 : edit.last - edit.first + 1;
        out += "@@ -" + std::to_string(edit.first) + "," + std::to_string(removed) + " @@\n";
        for (uint32_t i = edit.first; removed && i <= edit.last && i <= lines.size(); ++i) {
            out += inked(Ink::red, "-" + std::string(lines[i - 1]), colour) + "\n";
        }
        if (!edit.text.empty()) out += inked(Ink::green, "+" + edit.text, colour) + "\n";
    }
    return out;
}

Result<std::string> rewrite(const std::string& path, std::string_view text, time_t now)
{
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return fail_errno(path);
    const auto old = read_file(path);
    if (!old) return std::unexpected(old.error());
    tm parts{};
    ::gmtime_r(&now, &parts);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, ".before-%Y%m%d-%H%M%S", &parts);
    const std::string copy = path + stamp;
    const int mode = static_cast<int>(about.st_mode & 07777);
    if (auto kept = write_file_atomically(copy, *old, mode); !kept) {
        return std::unexpected(kept.error());
    }
    // A symbolic link (sites-enabled) stays one: its target is what is replaced.
    char resolved[4096];
    const std::string target = ::realpath(path.c_str(), resolved) ? resolved : path;
    if (auto written = write_file_atomically(target, text, mode); !written) {
        return std::unexpected(written.error());
    }
    if (::geteuid() == 0 && ::chown(target.c_str(), about.st_uid, about.st_gid) != 0) {
        return fail_errno("chown " + target);
    }
    return copy;
}

} // namespace signet::tools::check
