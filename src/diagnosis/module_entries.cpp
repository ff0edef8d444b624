#include "diagnosis/catalogue.h"

namespace signet::diagnosis {

std::span<const Entry> module_entries()
{
    return {};
}

} // namespace signet::diagnosis
