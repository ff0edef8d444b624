// The first bytes of a connection: which protocol they are, and the ClientHello in them.
#include "tls/client_hello.h"

#include <cstdlib>
#include <string>

using namespace signet::tls;

namespace {

void require(bool claim)
{
    if (!claim) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const Opening opening = classify(bytes);
    // More bytes never change what was decided.
    if (opening != Opening::incomplete) require(classify(bytes + "x") == opening);

    ClientHello hello;
    const auto complete = read_client_hello(bytes, hello);
    if (!complete || !*complete) return 0;
    require(hello.server_name.size() <= 255);
    require(hello.server_name.find_first_of("\r\n\t \"") == std::string::npos);
    require(hello.suites.size() <= max_client_hello && hello.groups.size() <= max_client_hello);
    // What follows the hello does not change it.
    ClientHello again;
    const auto longer = read_client_hello(bytes + "more", again);
    require(longer && *longer && again.server_name == hello.server_name
            && again.suites == hello.suites && again.versions == hello.versions);
    return 0;
}
