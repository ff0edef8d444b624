#include "diagnosis/catalogue.h"

#include "diagnosis/tool_entries.h"

#include <algorithm>
#include <array>
#include <vector>

namespace signet::diagnosis {

std::span<const Entry> all()
{
    static const std::vector<Entry> entries = [] {
        std::vector<Entry> joined;
        for (auto part : {configuration_entries(), check_entries(), request_entries(),
                          tls_entries(), pki_entries(), grade_entries(), process_entries(),
                          module_entries(), managed_entries(), access_entries()}) {
            joined.insert(joined.end(), part.begin(), part.end());
        }
        std::ranges::sort(joined, {}, &Entry::id);
        return joined;
    }();
    return entries;
}

const Entry* find(int id)
{
    const auto entries = all();
    const auto found = std::ranges::lower_bound(entries, id, {}, &Entry::id);
    return found != entries.end() && found->id == id ? &*found : nullptr;
}

std::string name(int id)
{
    std::string digits = std::to_string(id);
    return "SG" + std::string(4 - std::min<size_t>(4, digits.size()), '0') + digits;
}

} // namespace signet::diagnosis
