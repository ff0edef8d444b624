#include "modules/mod_info/configuration_text.h"

#include "base/text.h"

#include <fmt/format.h>

namespace signet::mod_info {
namespace {

class Printer {
public:
    explicit Printer(const std::function<bool(const config::Node&)>& is_wanted)
        : is_wanted_(is_wanted)
    {
    }

    void print(std::span<const config::Node> nodes, size_t depth)
    {
        for (const auto& node : nodes) {
            if (!contains_wanted(node)) continue;
            name_file(node.position.file);
            const uint32_t end = node.position.end_line;
            line(fmt::format("{}", end != 0 ? end : node.position.line), depth, opening(node));
            if (!node.is_section) continue;
            print(node.children, depth + 1);
            // Where a section ends is not known any more, in Apache neither.
            line("", depth, "&lt;/" + escape_html(node.name) + "&gt;");
            out.pop_back();
        }
    }

    std::string out;

private:
    [[nodiscard]] bool contains_wanted(const config::Node& node) const
    {
        if (!is_wanted_ || is_wanted_(node)) return true;
        for (const auto& child : node.children) {
            if (contains_wanted(child)) return true;
        }
        return false;
    }

    void name_file(const config::SourceFile* file)
    {
        if (file == file_) return;
        file_ = file;
        if (file)
            out += "<dd><tt><strong>In file: " + escape_html(file->path) + "</strong></tt></dd>\n";
    }

    [[nodiscard]] static std::string opening(const config::Node& node)
    {
        const auto name = escape_html(node.name);
        const auto arguments = escape_html(node.arguments);
        if (!node.is_section) return name + " <i>" + arguments + "</i>";
        return "&lt;" + name + (arguments.empty() ? "" : " " + arguments) + "&gt;";
    }

    // The number stands right in a column of four.
    void line(const std::string& number, size_t depth, const std::string& text)
    {
        constexpr size_t column = 4;
        out += "<dd><tt>";
        for (size_t i = number.size(); i < column; ++i) out += "&nbsp;";
        out += number + ":&nbsp;";
        for (size_t i = 0; i < depth; ++i) out += "&nbsp;&nbsp;";
        out += text + "</tt></dd>\n";
    }

    const std::function<bool(const config::Node&)>& is_wanted_;
    const config::SourceFile* file_ = nullptr;
};

} // namespace

std::string configuration_text(std::span<const config::Node> nodes,
                               const std::function<bool(const config::Node&)>& is_wanted)
{
    Printer printer(is_wanted);
    printer.print(nodes, 0);
    return printer.out;
}

} // namespace signet::mod_info
