// What the verbs share: telling a person what went wrong, with cause and fix; exit statuses; files
// that are made once.
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>

namespace signet::tools {

// For scripts: done or yes; the answer is no; it could not be done.
enum Exit : int { exit_done = 0, exit_no = 1, exit_failed = 2 };

// The messages of signet cert, ca and probe (diagnosis/pki_entries.cpp).
enum Message : int {
    nothing_known = 440,
    phrase_wrong = 441,
    phrase_missing = 442,
    file_exists = 443,
    file_damaged = 444,
    file_too_large = 445,
    key_kind_unknown = 446,
    name_invalid = 447,
    do_not_match = 448,
    chain_has_gap = 449,
    not_verified = 450,
    no_such_vhost = 451,
    configuration_unreadable = 452,
    install_refused = 453,
    reload_failed = 454,
    no_authority = 455,
    authority_exists = 456,
    authority_failed = 457,
    request_refused = 458,
    certificate_unknown = 459,
    cannot_write = 460,
    date_invalid = 466,
    no_key_found = 467,
    archive_unreadable = 468,
    outside_constraints = 469,
    cannot_read = 470,
    conversion_impossible = 471,
    nobody_listens = 472,
};

// "signet VERB: SG0440: text" with the catalogue's cause and fix, on standard error. Returns
// exit_failed.
int complain(std::string_view verb, int id, std::string_view text);
// The same for an error of pki.
int complain(std::string_view verb, const Error& error, int otherwise);
// The message for an error of pki: its kind tells which, `otherwise` is that of the rest.
[[nodiscard]] int message_of(const Error& error, int otherwise);

// Standard output is a terminal and nobody wants it without colours (NO_COLOR).
[[nodiscard]] bool has_colour();
enum class Colour { green, red, yellow };
[[nodiscard]] std::string coloured(std::string_view text, Colour colour);
void print(std::string_view text);
// --show-openssl: the line goes to standard error, so that output stays what it is.
void show_openssl(bool wanted, const std::string& line);
// One word of a shell's command line.
[[nodiscard]] std::string shell_word(std::string_view word);

// Makes the file, or replaces it when `force`; "-" is standard output. Kind::denied when it is
// there already and may not be replaced.
[[nodiscard]] Result<void> write_new(const std::string& path, std::string_view bytes, int mode,
                                     bool force);
// Replaces a file in one step; mode and, for root, owner stay (`mode` masks what is allowed). A
// symbolic link goes on pointing to it.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view bytes, int mode);

} // namespace signet::tools
