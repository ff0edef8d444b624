// signet explain transcript FILE: what a paste of `openssl s_client` or `curl -v` means.
#pragma once
#include <string>

namespace signet::tools {

class Answer;

// "-": standard input. exit_no when nothing in it is known, exit_failed when it cannot be read.
[[nodiscard]] int explain_transcript(const std::string& path, Answer& answer);

} // namespace signet::tools
