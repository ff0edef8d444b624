#include "server/password_checker.h"

#include "base/file.h"
#include "pki/password.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <utility>

namespace signet::server {
namespace {

constexpr unsigned hashing_threads = 2;
constexpr size_t max_remembered = 4096;
constexpr size_t max_files = 256; // .htaccess files may name any number
constexpr size_t max_hashes = 4096;

} // namespace

CredentialFile CredentialFile::parse(std::string_view text)
{
    CredentialFile file;
    std::string continued;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        auto line = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\\') && !text.empty()) {
            line.remove_suffix(1);
            continued += line;
            continue;
        }
        const std::string whole = std::exchange(continued, {}) + std::string(line);
        if (whole.empty() || whole[0] == '#') continue;
        const size_t colon = std::min(whole.find(':'), whole.size());
        file.first.try_emplace(whole.substr(0, colon), file.lines.size());
        file.lines.push_back(
            {whole.substr(0, colon), whole.substr(std::min(colon + 1, whole.size()))});
    }
    return file;
}

const std::string* CredentialFile::find(std::string_view name) const
{
    const auto found = first.find(name);
    return found == first.end() ? nullptr : &lines[found->second].rest;
}

PasswordChecker::PasswordChecker(net::Loop& loop)
    : threads_(loop, hashing_threads)
{
    has_key_ = RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1;
}

// Each text with its length before it, so that no two triples look alike.
PasswordChecker::Digest PasswordChecker::digest_of(std::string_view user, std::string_view password,
                                                   std::string_view stored) const
{
    std::string message;
    for (const auto text : {user, password, stored}) {
        append_number(message, text.size());
        message.append(":").append(text);
    }
    Digest digest{};
    unsigned size = digest.size();
    HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
         reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
         &size);
    OPENSSL_cleanse(message.data(), message.size());
    return digest;
}

bool PasswordChecker::is_remembered(const Digest& digest)
{
    uint64_t beginning = 0;
    std::memcpy(&beginning, digest.data(), sizeof beginning);
    const auto place = places_.find(beginning);
    if (place == places_.end()
        || CRYPTO_memcmp(place->second->data(), digest.data(), digest.size()) != 0) {
        return false;
    }
    right_.splice(right_.begin(), right_, place->second);
    return true;
}

void PasswordChecker::remember(const Digest& digest)
{
    uint64_t beginning = 0;
    std::memcpy(&beginning, digest.data(), sizeof beginning);
    if (places_.contains(beginning)) return;
    if (right_.size() >= max_remembered) {
        uint64_t oldest = 0;
        std::memcpy(&oldest, right_.back().data(), sizeof oldest);
        places_.erase(oldest);
        right_.pop_back();
    }
    right_.push_front(digest);
    places_.emplace(beginning, right_.begin());
}

Result<bool> PasswordChecker::fits(std::string_view user, std::string_view password,
                                   std::string_view stored)
{
    const Digest digest = has_key_ ? digest_of(user, password, stored) : Digest{};
    if (has_key_ && is_remembered(digest)) return true;
    auto answer =
        threads_.call([given = std::string(password), kept = std::string(stored)]() mutable {
            const bool right = pki::password_fits(given, kept);
            OPENSSL_cleanse(given.data(), given.size());
            return right;
        });
    if (answer && *answer && has_key_) remember(digest);
    return answer;
}

Result<PasswordChecker::Stamp> PasswordChecker::stamp_of(const std::string& path, int& system_error)
{
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
        system_error = errno;
        return fail_errno(path);
    }
    const auto nanos = [](const timespec& time) {
        return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    };
    return Stamp{.changed_nanos = nanos(info.st_ctim),
                 .modified_nanos = nanos(info.st_mtim),
                 .device = info.st_dev,
                 .inode = info.st_ino,
                 .size = static_cast<uint64_t>(info.st_size)};
}

Result<PasswordChecker::Read> PasswordChecker::read(const std::string& path)
{
    int system_error = 0;
    const auto stamp = stamp_of(path, system_error);
    if (!stamp) return Read{.file = nullptr, .system_error = system_error};
    if (const auto kept = files_.find(path); kept != files_.end() && kept->second.stamp == *stamp)
        return Read{.file = kept->second.file};
    auto loaded = threads_.call([path]() -> Read {
        const auto text = read_file(path);
        if (!text) return {.file = nullptr, .system_error = errno};
        return {.file = std::make_shared<const CredentialFile>(CredentialFile::parse(*text))};
    });
    if (!loaded || !loaded->file) return loaded;
    // What changes while it is read has another stamp by now: it is read again next time.
    if (files_.size() >= max_files) files_.clear();
    files_.insert_or_assign(path, Kept{*stamp, loaded->file});
    return loaded;
}

void PasswordChecker::keep_hash(const std::string& key, std::string_view hash, int64_t until)
{
    if (hashes_.size() >= max_hashes) hashes_.clear();
    hashes_.insert_or_assign(key, KeptHash{std::string(hash), until});
}

std::optional<std::string> PasswordChecker::kept_hash(const std::string& key, int64_t now)
{
    const auto kept = hashes_.find(key);
    if (kept == hashes_.end()) return std::nullopt;
    if (kept->second.until > now) return kept->second.hash;
    hashes_.erase(kept);
    return std::nullopt;
}

} // namespace signet::server
