// Texts as JSON strings, whatever bytes they are made of.   RFC 8259 §7
#pragma once
#include <string>
#include <string_view>

namespace signet {

// Appends the text in quotes. Valid UTF-8 stays as it is; a byte that is part of none is taken for
// ISO 8859-1 (ä becomes \u00e4), so that what is written is valid JSON and no byte is lost.
void append_json_string(std::string& out, std::string_view text);

} // namespace signet
