#include "tools/check/log_files.h"

#include "base/file.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/vhost.h"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

namespace signet::tools::check {

std::vector<std::string> error_log_files(const server::Configuration& configuration)
{
    std::vector<std::string> files;
    const auto add = [&](const server::VirtualHost& vhost) {
        const std::string name = vhost.base->core().error_log.value_or("logs/error_log");
        if (name.starts_with('|') || name.starts_with("syslog") || name.starts_with("journald"))
            return;
        auto path = configuration.path(name);
        if (std::ranges::find(files, path) == files.end()) files.push_back(std::move(path));
    };
    add(configuration.main);
    for (const auto& vhost : configuration.vhosts) add(*vhost);
    return files;
}

Result<std::string> read_end(const std::string& path, size_t bytes)
{
    const auto file = open_file(path, O_RDONLY);
    if (!file) return std::unexpected(file.error());
    const off_t size = ::lseek(file->get(), 0, SEEK_END);
    if (size < 0) return fail_errno(path);
    const off_t from = std::max<off_t>(0, size - static_cast<off_t>(bytes));
    std::string text(static_cast<size_t>(size - from), '\0');
    const auto got = ::pread(file->get(), text.data(), text.size(), from);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
}

} // namespace signet::tools::check
