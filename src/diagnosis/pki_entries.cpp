#include "diagnosis/catalogue.h"

namespace signet::diagnosis {

std::span<const Entry> pki_entries()
{
    return {};
}

} // namespace signet::diagnosis
