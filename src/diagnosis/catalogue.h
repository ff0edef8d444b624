// Every message a user can see, under a stable id: what it looks like, why it happens, how to mend
// it. Logs, `signet check`, `signet explain` and the docs are made from this one list.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace signet::diagnosis {

enum class Severity : uint8_t { emerg, alert, crit, error, warn, notice, info, debug };

// Ids are never reused. 1–199 configuration · 200–299 requests and files · 300–399 TLS ·
// 400–499 keys and certificates · 500–599 processes and logs · 600–799 modules · from 800 on: as
// they came.
struct Entry {
    int id; // 42 is shown as SG0042
    Severity severity;
    std::string_view apache;  // "AH02565" when Apache logs the same event, else empty
    std::string_view symptom; // one line: what the user sees
    std::string_view cause;   // why it happens
    std::string_view fix;     // what to do
};

// The entry for an id, or nullptr. Ids are looked up rarely: on errors and by tools.
[[nodiscard]] const Entry* find(int id);
// All entries, by id.
[[nodiscard]] std::span<const Entry> all();
// "SG0042".
[[nodiscard]] std::string name(int id);

// The tables all() is made of; one per range of ids, each in its own .cpp.
[[nodiscard]] std::span<const Entry> configuration_entries(); // 1–199
[[nodiscard]] std::span<const Entry> request_entries();       // 200–299
[[nodiscard]] std::span<const Entry> tls_entries();           // 300–399
[[nodiscard]] std::span<const Entry> pki_entries();           // 400–499
[[nodiscard]] std::span<const Entry> process_entries();       // 500–599
[[nodiscard]] std::span<const Entry> module_entries();        // 600–799, 930 …

} // namespace signet::diagnosis
