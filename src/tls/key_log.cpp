#include "tls/key_log.h"

#include "pki/openssl.h"
#include "pki/secret.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::tls {

Result<std::shared_ptr<const KeyLog>> KeyLog::open(const std::string& path)
{
    auto file = open_file(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (!file) return std::unexpected(file.error());
    struct stat status {};
    if (::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode))
        return fail(Error::Kind::denied, path + " is not a regular file");
    if (status.st_uid != ::geteuid())
        return fail(Error::Kind::denied, path + " belongs to another user");
    if ((status.st_mode & 077) != 0)
        return fail(Error::Kind::denied, path + " may be read by others: chmod 600 " + path);
    return std::make_shared<const KeyLog>(std::move(*file));
}

void KeyLog::write(std::string_view line) const
{
    std::string whole(line);
    whole += '\n';
    // A full disk loses lines, never connections.
    if (::write(file_.get(), whole.data(), whole.size()) < 0) errno = 0;
    pki::wipe(whole.data(), whole.size());
}

} // namespace signet::tls
