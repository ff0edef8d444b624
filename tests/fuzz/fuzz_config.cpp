// The configuration language on hostile text, as .htaccess files are: no input may crash, hang or
// grow without bounds. Also checks that reports are made of whatever was found.
#include "config/arity.h"
#include "config/reader.h"

#include <cstdint>
#include <string_view>

using namespace std::string_view_literals;

namespace {

void check(const std::vector<signet::config::Node>& nodes)
{
    for (const auto& node : nodes) {
        (void)signet::config::nearest_directive(node.name);
        if (const auto* known = signet::config::find_known_directive(node.name)) {
            (void)signet::config::check_arity(node, known->takes, "help");
            (void)signet::config::check_context(node, known->allowed, signet::config::in_directory,
                                                "Directory");
        }
        check(node.children);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    signet::config::ReaderOptions options;
    options.server_root = "/nonexistent";
    options.has_module = [](std::string_view name) { return name == "mod_ssl.c"sv; };
    options.defines = {"TLS"};
    options.variables = {{"ROOT", "/srv"}};
    signet::config::Diagnostics diagnostics;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto tree = signet::config::read_text(text, ".htaccess", options, diagnostics);
    check(tree.nodes);
    (void)diagnostics.report();
    return 0;
}
