#include "diagnosis/catalogue.h"

namespace signet::diagnosis {

std::span<const Entry> configuration_entries()
{
    return {};
}

} // namespace signet::diagnosis
