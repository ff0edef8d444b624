#include "http/writer.h"

#include "http/scan.h"

namespace signet::http {

bool is_field_text(std::string_view text)
{
    return find_outside_value(text.data(), text.size()) == text.size();
}

} // namespace signet::http
