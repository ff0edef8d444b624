// What mod_deflate's directives say.
#pragma once
#include "server/content_coding.h"

#include <optional>
#include <string>

namespace signet::mod_deflate {

struct Config {
    std::optional<int> level, window, memory;
    std::optional<size_t> buffer_size;
    std::optional<server::EtagChange> etag;
    // DeflateFilterNote: names of notes.
    std::optional<std::string> input_note, output_note, ratio_note;

    [[nodiscard]] size_t buffer() const { return buffer_size.value_or(8096); }
};

} // namespace signet::mod_deflate
