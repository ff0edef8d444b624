// Lines of `LogLevel rewrite:traceN`, in Apache's words.
#pragma once
#include "base/arena.h"
#include "server/error_log.h"
#include "server/request.h"

#include <string>
#include <string_view>

namespace signet::mod_rewrite {

// Client, server and request in front of the text, as Apache writes them.
void write_trace(const server::Request& request, int level, std::string_view directory,
                 std::string_view text);

// Nothing is put together unless it is logged.
template <class... Texts>
void trace(const server::Request& request, int level, std::string_view directory,
           const Texts&... texts)
{
    if (!server::log_enabled(request, server::Severity::debug, "rewrite", level)) return;
    std::string text;
    (text.append(std::string_view(texts)), ...);
    write_trace(request, level, directory, text);
}

} // namespace signet::mod_rewrite
