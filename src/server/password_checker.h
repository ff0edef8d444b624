// Files of names and passwords, and the slow question whether a password is right. One per worker.
#pragma once
#include "base/result.h"
#include "base/text.h"
#include "net/helper_threads.h"

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace signet::server {

// AuthUserFile, AuthGroupFile: lines of a name, a colon and more. Comments and empty lines are left
// out, ends of lines trimmed, continued lines joined.
struct CredentialFile {
    struct Line {
        std::string name;
        std::string rest;
    };
    std::vector<Line> lines;
    TextMap<size_t> first; // the first line of each name

    [[nodiscard]] static CredentialFile parse(std::string_view text);
    [[nodiscard]] const std::string* find(std::string_view name) const;
};

// Threads of its own do the hashing, so that a flood of wrong passwords delays nothing but other
// passwords. What was right once is remembered under a keyed hash of user, password and stored
// hash: a change of the stored one makes it forgotten.
class PasswordChecker {
public:
    explicit PasswordChecker(net::Loop& loop);
    PasswordChecker(const PasswordChecker&) = delete;
    PasswordChecker& operator=(const PasswordChecker&) = delete;

    // These wait on the current fiber, and fail only when it is cancelled.
    [[nodiscard]] Result<bool> fits(std::string_view user, std::string_view password,
                                    std::string_view stored);
    struct Read {
        std::shared_ptr<const CredentialFile> file; // null: not readable
        int system_error = 0;
    };
    // Read again when the file has changed.
    [[nodiscard]] Result<Read> read(const std::string& path);

    // Stored hashes that are dear to find (mod_authn_socache), for a while; times in seconds.
    void keep_hash(const std::string& key, std::string_view hash, int64_t until);
    [[nodiscard]] std::optional<std::string> kept_hash(const std::string& key, int64_t now);

private:
    using Digest = std::array<uint8_t, 32>;
    struct Stamp {
        int64_t changed_nanos = 0, modified_nanos = 0;
        uint64_t device = 0, inode = 0, size = 0;
        bool operator==(const Stamp&) const = default;
    };
    struct Kept {
        Stamp stamp;
        std::shared_ptr<const CredentialFile> file;
    };

    [[nodiscard]] Digest digest_of(std::string_view user, std::string_view password,
                                   std::string_view stored) const;
    [[nodiscard]] bool is_remembered(const Digest& digest);
    void remember(const Digest& digest);
    [[nodiscard]] static Result<Stamp> stamp_of(const std::string& path, int& system_error);

    std::array<uint8_t, 32> key_{};
    bool has_key_ = false;
    std::list<Digest> right_;                                          // most recently used first
    std::unordered_map<uint64_t, std::list<Digest>::iterator> places_; // by a digest's beginning
    std::unordered_map<std::string, Kept> files_;
    struct KeptHash {
        std::string hash;
        int64_t until = 0;
    };
    std::unordered_map<std::string, KeptHash> hashes_;
    net::HelperThreads threads_;
};

} // namespace signet::server
