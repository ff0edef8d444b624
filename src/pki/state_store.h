// What has to survive kill -9: a small LMDB database of the keeper and the tools. Every write is
// one transaction that is on disk when the call returns.
#pragma once
#include "base/result.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::pki {

// Open it after a fork, never before one. Several processes may have the same store open; writers
// wait for each other. Keys are at most 511 bytes.
class StateStore {
public:
    // Makes the directory (0700) where it is missing.
    [[nodiscard]] static Result<StateStore> open(const std::string& directory);
    StateStore(StateStore&&) noexcept;
    StateStore& operator=(StateStore&&) noexcept;
    ~StateStore();

    struct Change {
        std::string key;
        std::optional<std::string> value; // nothing: the entry goes
    };
    using Entries = std::vector<std::pair<std::string, std::string>>;

    [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key) const;
    // All entries whose key begins with the prefix, by key.
    [[nodiscard]] Result<Entries> list(std::string_view prefix) const;
    // All changes or none.
    [[nodiscard]] Result<void> write(const std::vector<Change>& changes);

private:
    struct Environment;
    explicit StateStore(std::unique_ptr<Environment> environment);
    std::unique_ptr<Environment> environment_;
};

} // namespace signet::pki
