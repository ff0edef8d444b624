#include "config/variables.h"

#include <cstdlib>

namespace signet::config {
namespace {

// Longer names are no names; the bounds keep a hostile line from taking quadratic time or memory.
constexpr size_t max_name_bytes = 1024;
constexpr size_t max_unknown = 100;

} // namespace

Variables::Variables(std::set<std::string> defines,
                     const std::map<std::string, std::string>& values)
    : defines_(std::move(defines))
    , values_(values.begin(), values.end())
{
}

void Variables::define(const std::string& name)
{
    defines_.insert(name);
}

void Variables::define(const std::string& name, const std::string& value)
{
    defines_.insert(name);
    values_.insert_or_assign(name, value);
}

void Variables::undefine(const std::string& name)
{
    defines_.erase(name);
    values_.erase(name);
}

const char* Variables::find(const std::string& name) const
{
    if (const auto found = values_.find(name); found != values_.end()) return found->second.c_str();
    return std::getenv(name.c_str());
}

std::map<std::string, std::string> Variables::values() const
{
    return {values_.begin(), values_.end()};
}

bool Variables::expand(LogicalLine& line, std::vector<std::string>& unknown) const
{
    const std::string& text = line.text;
    size_t open = text.find("${");
    if (open == std::string::npos) return true;

    std::string out;
    ColumnMap columns;
    bool fits = true;
    size_t done = 0; // everything before is in `out`
    auto copy_until = [&](size_t end) {
        // Joined lines change their physical line in the middle: follow each change.
        for (size_t i = done; i < end; ++i) {
            const bool new_piece = i == done || line.columns.line(i) != line.columns.line(i - 1);
            if (new_piece)
                columns.add(out.size() + (i - done), line.columns.line(i), line.columns.column(i));
        }
        out.append(text, done, end - done);
        done = end;
    };
    while (open != std::string::npos) {
        const std::string_view ahead = std::string_view(text).substr(open + 2, max_name_bytes);
        const size_t length = ahead.find('}');
        if (length == std::string_view::npos) {
            open = text.find("${", open + 2);
            continue;
        }
        const size_t close = open + 2 + length;
        const std::string name(ahead.substr(0, length));
        if (const char* value = find(name)) {
            copy_until(open);
            columns.add(out.size(), line.columns.line(open), line.columns.column(open), true);
            const std::string_view view = value;
            if (out.size() + view.size() + (text.size() - close) > max_line_bytes) {
                fits = false;
                break;
            }
            out += view;
            done = close + 1;
            open = text.find("${", done);
        } else {
            // ${name:…} belongs to RewriteMap and its like.
            if (name.find(':') == std::string::npos && unknown.size() < max_unknown) {
                unknown.push_back(name);
            }
            open = text.find("${", open + 1);
        }
    }
    if (fits) copy_until(text.size());
    line.text = std::move(out);
    line.columns = std::move(columns);
    return fits;
}

} // namespace signet::config
