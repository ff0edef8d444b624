#include "server/file_owner.h"

#include "server/error_log.h"
#include "server/request.h"
#include "server/worker.h"

#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <vector>

namespace signet::server {
namespace {

struct Named {
    std::string name; // "": nobody knows it
    int stat_error = 0;
};

// The reentrant functions of the library want room; so much suffices but for huge groups.
constexpr size_t first_room = 4096;
constexpr size_t most_room = size_t{1} << 22;

template <class Entry, class Look> std::string ask(char* Entry::*name, Look look)
{
    std::vector<char> room(first_room);
    while (true) {
        Entry entry{};
        Entry* found = nullptr;
        const int error = look(entry, room, found);
        if (error == ERANGE && room.size() < most_room) {
            room.resize(room.size() * 4);
            continue;
        }
        return error == 0 && found ? std::string(found->*name) : std::string();
    }
}

Named look_up(const std::string& path, bool group)
{
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return {.stat_error = errno};
    if (group) {
        return {ask(&::group::gr_name, [&](auto& entry, auto& room, auto*& found) {
            return ::getgrgid_r(info.st_gid, &entry, room.data(), room.size(), &found);
        })};
    }
    return {ask(&::passwd::pw_name, [&](auto& entry, auto& room, auto*& found) {
        return ::getpwuid_r(info.st_uid, &entry, room.data(), room.size(), &found);
    })};
}

void log_failure(const Request& request, std::string_view apache_id, std::string_view reason,
                 int system_error = 0)
{
    log_event(request,
              {.module = "authz_owner",
               .apache_id = apache_id,
               .text = request.arena.join("Authorization of user ", request.user, " to access ",
                                          request.uri, " failed, reason: ", reason),
               .system_error = system_error});
}

std::optional<std::string> name_of(Request& request, bool group)
{
    if (request.filename.empty()) {
        log_failure(request, group ? "AH01638" : "AH01633", "no filename available");
        return std::nullopt;
    }
    auto named = request.worker->helpers().call(
        [path = std::string(request.filename), group] { return look_up(path, group); });
    if (!named) return std::nullopt; // the client is gone
    if (named->stat_error != 0) {
        log_failure(request, group ? "AH01639" : "AH01634",
                    request.arena.join("could not stat file ", request.filename),
                    named->stat_error);
        return std::nullopt;
    }
    if (named->name.empty()) {
        log_failure(request, group ? "AH01641" : "AH01636",
                    group ? "could not get name of file group"
                          : "could not get name of file owner");
        return std::nullopt;
    }
    return std::move(named->name);
}

} // namespace

std::optional<std::string> owner_of_file(Request& request)
{
    return name_of(request, false);
}

std::optional<std::string> group_of_file(Request& request)
{
    return name_of(request, true);
}

} // namespace signet::server
