#include "diagnosis/catalogue.h"

namespace signet::diagnosis {

std::span<const Entry> request_entries()
{
    return {};
}

} // namespace signet::diagnosis
