#include "modules/mod_autoindex/page.h"

#include "base/text.h"
#include "http/uri.h"

#include <algorithm>
#include <ctime>

namespace signet::mod_autoindex {
namespace {

constexpr std::string_view html_doctype = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" "
                                          "\"http://www.w3.org/TR/html4/strict.dtd\">\n<html>\n";
constexpr std::string_view xhtml_doctype =
    "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\"\n"
    "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
    "<html xmlns=\"http://www.w3.org/1999/xhtml\">\n";
constexpr size_t least_width = 5; // below there is no room for a letter and "..>"

std::string time_text(int64_t micros, uint32_t options)
{
    const auto seconds = static_cast<time_t>(micros / 1'000'000);
    tm parts{};
    ::localtime_r(&seconds, &parts);
    char text[64];
    const size_t size = options & old_date_format
                            ? std::strftime(text, sizeof text, "%d-%b-%Y %H:%M  ", &parts)
                            : std::strftime(text, sizeof text, "%Y-%m-%d %H:%M  ", &parts);
    return {text, size};
}

// One listing while it is written.
class Listing {
public:
    Listing(const Config& config, const View& view, std::span<const Entry> entries, Arena& arena)
        : config_(config)
        , view_(view)
        , entries_(entries)
        , arena_(arena)
    {
        name_width_ = std::max(config.name_width.bytes, least_width);
        description_width_ = config.description_width.bytes;
        // A table's columns are as wide as they need to be; columns of text have to be measured.
        if (!has(html_table)) measure();
        if (config.description_width.kind == Width::Kind::unset) {
            // Columns that are not there leave their room to the description.
            if (has(suppress_icon)) description_width_ += 6;
            if (has(suppress_last_modified)) description_width_ += 19;
            if (has(suppress_size)) description_width_ += 7;
        }
    }

    std::string write()
    {
        if (has(html_table)) {
            write_table();
        } else if (has(fancy_indexing)) {
            write_columns();
        } else {
            write_list();
        }
        return std::move(out_);
    }

private:
    bool has(uint32_t option) const { return view_.options & option; }
    bool has_style() const { return config_.style_sheet.has_value(); }
    bool fills_names() const { return config_.name_width.kind == Width::Kind::widest; }
    void put(std::string_view text) { out_ += text; }
    template <class... Texts> void put(std::string_view first, const Texts&... more)
    {
        out_ += first;
        put(more...);
    }
    std::string_view slash() const { return has(xhtml) ? " /" : ""; }

    void measure()
    {
        if (!has(fancy_indexing)) return;
        for (const Entry& entry : entries_) {
            if (fills_names()) name_width_ = std::max(name_width_, entry.name.size());
            if (config_.description_width.kind == Width::Kind::widest)
                description_width_ = std::max(description_width_, entry.description.size());
        }
    }

    // The parts that all kinds have in common.

    std::string anchor(const Entry& entry)
    {
        return escape_html(http::escape_path(entry.name, arena_));
    }
    static std::string_view shown_name(const Entry& entry)
    {
        return entry.name.starts_with('/') ? "Parent Directory" : std::string_view(entry.name);
    }

    // In Apache's tables, names are cut too, unless NameWidth=*.
    void put_name(const Entry& entry, const std::string& link)
    {
        const std::string_view name = shown_name(entry);
        std::string text(name.substr(0, name_width_));
        if (name.size() > name_width_) text = text.substr(0, name_width_ - 3) + "..>";
        put("<a href=\"", link, "\">", escape_html(text), "</a>");
        out_.append(name_width_ - text.size(), ' ');
    }

    void put_icon_size()
    {
        if (config_.icon_width) put(" width=\"", std::to_string(config_.icon_width), "\"");
        if (config_.icon_height) put(" height=\"", std::to_string(config_.icon_height), "\"");
        put(slash());
    }

    // False when there is none for the entry.
    bool put_icon(const Entry& entry)
    {
        const std::string* icon = entry.icon;
        if (!icon && config_.default_icon) icon = &*config_.default_icon;
        if (!icon) return false;
        put("<img src=\"", escape_html(*icon), "\" alt=\"[",
            entry.alternative.empty() ? "   " : entry.alternative, "]\"");
        put_icon_size();
        put(">");
        return true;
    }

    // The head of a column; a link to the listing in its order, or in the opposite one.
    void put_column(std::string_view name, char key)
    {
        if (has(suppress_column_sorting)) {
            put(name);
            return;
        }
        const bool turns = view_.key == key && view_.direction == 'A';
        put("<a href=\"?C=", std::string_view(&key, 1), turns ? ";O=D" : ";O=A", view_.arguments,
            "\">", name, "</a>");
    }

    std::string description_of(const Entry& entry) const
    {
        std::string text = entry.description;
        const auto cut = cut_description(text, description_width_);
        return std::string(cut);
    }

    // <ul>

    void write_list()
    {
        put("<ul>");
        for (const Entry& entry : entries_) {
            put("<li><a href=\"", anchor(entry), "\"> ", escape_html(shown_name(entry)),
                "</a></li>\n");
        }
        put("</ul>\n");
    }

    // <pre>

    void write_columns()
    {
        put("<pre>");
        if (!has(suppress_icon)) {
            if (const auto* blank = find_label(config_.icons, {.path = "^^BLANKICON^^"})) {
                put("<img src=\"", escape_html(*blank), "\" alt=\"Icon \"");
                put_icon_size();
                put("> ");
            } else {
                put("      ");
            }
        }
        put_column("Name", 'N');
        out_.append(name_width_ - 4, ' ');
        put(" ");
        if (!has(suppress_last_modified)) {
            put_column("Last modified", 'M');
            put("      ");
        }
        if (!has(suppress_size)) {
            put_column("Size", 'S');
            put("  ");
        }
        if (!has(suppress_description)) put_column("Description", 'D');
        if (has(suppress_rules)) {
            put("\n");
        } else {
            put("<hr", slash(), ">");
        }
        for (const Entry& entry : entries_) write_line(entry);
        if (!has(suppress_rules)) put("<hr", slash(), ">");
        put("</pre>\n");
    }

    void write_line(const Entry& entry)
    {
        const std::string link = anchor(entry);
        if (!has(suppress_icon)) {
            if (has(icons_are_links)) put("<a href=\"", link, "\">");
            if (!put_icon(entry)) put("     ");
            put(has(icons_are_links) ? "</a> " : " ");
        }
        put_name(entry, link);
        put(" ");
        if (!has(suppress_last_modified)) {
            put(entry.modified_micros == -1 ? "                   "
                                            : time_text(entry.modified_micros, view_.options));
        }
        if (!has(suppress_size)) put(size_text(entry.size), "  ");
        if (!has(suppress_description)) put(description_of(entry));
        put("\n");
    }

    // <table>

    // The class of a cell where there is a style sheet, else what stands in its place.
    std::string cell(std::string_view tag, std::string_view name, std::string_view otherwise) const
    {
        std::string text = "<" + std::string(tag);
        if (has_style()) return text.append(" class=\"indexcol").append(name).append("\">");
        return text.append(otherwise).append(">");
    }

    void write_table()
    {
        put("  <table", has_style() ? " id=\"indexlist\"" : "", ">\n   <tr",
            has_style() ? " class=\"indexhead\"" : "", ">");
        int columns = 1;
        if (!has(suppress_icon)) {
            ++columns;
            put(cell("th", "icon", " valign=\"top\""));
            if (const auto* blank = find_label(config_.icons, {.path = "^^BLANKICON^^"})) {
                put("<img src=\"", escape_html(*blank), "\" alt=\"[ICO]\"");
                put_icon_size();
                put("></th>");
            } else {
                put("&nbsp;</th>");
            }
        }
        put(cell("th", "name", ""));
        put_column("Name", 'N');
        struct Column {
            uint32_t unless;
            std::string_view style, title;
            char key;
        };
        for (const auto& [unless, style, title, key] :
             {Column{suppress_last_modified, "lastmod", "Last modified", 'M'},
              Column{suppress_size, "size", "Size", 'S'},
              Column{suppress_description, "desc", "Description", 'D'}}) {
            if (has(unless)) continue;
            ++columns;
            put("</th>", cell("th", style, ""));
            put_column(title, key);
        }
        std::string rule;
        if (!has(suppress_rules)) {
            rule = std::string("   <tr") + (has_style() ? " class=\"indexbreakrow\"" : "")
                   + "><th colspan=\"" + std::to_string(columns) + "\"><hr" + std::string(slash())
                   + "></th></tr>\n";
        }
        put("</th></tr>\n", rule);
        bool is_odd = false;
        for (const Entry& entry : entries_) {
            write_row(entry, is_odd);
            is_odd = !is_odd;
        }
        put(rule, "</table>\n");
    }

    void begin_row(const Entry& entry, bool is_odd)
    {
        if (!has_style()) {
            put("<tr>");
            return;
        }
        put("   <tr class=\"", is_odd ? "odd" : "even");
        if (has(add_alt_class) && !entry.alternative.empty())
            put("-", lowercase(entry.alternative));
        put("\">");
    }

    void write_row(const Entry& entry, bool is_odd)
    {
        const std::string link = anchor(entry);
        begin_row(entry, is_odd);
        if (!has(suppress_icon)) {
            put(cell("td", "icon", " valign=\"top\""));
            if (has(icons_are_links)) put("<a href=\"", link, "\">");
            if (!put_icon(entry)) put("&nbsp;");
            put(has(icons_are_links) ? "</a></td>" : "</td>");
        }
        put(cell("td", "name", ""));
        if (fills_names()) {
            put("<a href=\"", link, "\">", escape_html(shown_name(entry)), "</a>");
        } else {
            put_name(entry, link);
        }
        if (!has(suppress_last_modified)) {
            if (entry.modified_micros == -1) {
                put("</td>", cell("td", "lastmod", ""), "&nbsp;");
            } else {
                put("</td>", cell("td", "lastmod", " align=\"right\""),
                    time_text(entry.modified_micros, view_.options));
            }
        }
        if (!has(suppress_size))
            put("</td>", cell("td", "size", " align=\"right\""), size_text(entry.size));
        if (!has(suppress_description)) {
            const bool whole = config_.description_width.kind == Width::Kind::widest;
            put("</td>", cell("td", "desc", ""));
            put(!entry.has_description ? "&nbsp;"
                : whole                ? entry.description
                                       : description_of(entry));
        }
        put("</td></tr>\n");
    }

    const Config& config_;
    const View& view_;
    std::span<const Entry> entries_;
    Arena& arena_;
    std::string out_;
    size_t name_width_ = 0;
    size_t description_width_ = 0;
};

} // namespace

std::string preamble(const Config& config, const View& view, std::string_view title)
{
    const bool is_xhtml = view.options & xhtml;
    std::string text(is_xhtml ? xhtml_doctype : html_doctype);
    text.append(" <head>\n  <title>Index of ").append(title).append("</title>\n");
    if (config.style_sheet) {
        text.append("  <link rel=\"stylesheet\" href=\"").append(*config.style_sheet);
        text.append("\" type=\"text/css\"").append(is_xhtml ? " />\n" : ">\n");
    }
    if (config.head_insert) text.append(*config.head_insert);
    return text.append(" </head>\n <body>\n");
}

std::string heading(const Config& config, std::string_view title)
{
    return std::string(config.style_sheet ? "  <h1 id=\"indextitle\">" : "<h1>")
        .append("Index of ")
        .append(title)
        .append("</h1>\n");
}

std::string listing(const Config& config, const View& view, std::span<const Entry> entries,
                    Arena& arena)
{
    return Listing(config, view, entries, arena).write();
}

std::string size_text(int64_t size)
{
    if (size < 0) return "  - ";
    constexpr int64_t fits_three_digits = 973; // more would round to four
    std::string text;
    const auto pad_to = [&](size_t width) {
        text.insert(0, width - std::min(width, text.size()), ' ');
    };
    if (size < fits_three_digits) {
        append_signed(text, size);
        pad_to(3);
        return text + ' ';
    }
    constexpr std::string_view units = "KMGTPE";
    size_t unit = 0;
    int64_t rest = size & 1023;
    for (size >>= 10; size >= fits_three_digits; size >>= 10, ++unit) rest = size & 1023;
    if (size < 9 || (size == 9 && rest < fits_three_digits)) {
        int64_t tenths = (rest * 5 + 256) / 512;
        if (tenths >= 10) {
            ++size;
            tenths = 0;
        }
        append_signed(text, size);
        text += '.';
        append_signed(text, tenths);
    } else {
        append_signed(text, rest >= 512 ? size + 1 : size);
        pad_to(3);
    }
    return text + units[unit];
}

std::string_view cut_description(std::string& text, size_t width)
{
    size_t at = 0;
    while (at < text.size() && (width > 0 || text[at] == '<')) {
        if (text[at] == '<') {
            at = text.find('>', at);
        } else {
            if (text[at] == '&') at = text.find(';', at);
            --width;
        }
        if (at == text.npos) return text; // a tag or an entity that does not end
        ++at;
    }
    if (width > 0 || at == text.size()) return text;
    if (at == 0) return {};
    text[at - 1] = '>';
    return std::string_view(text).substr(0, at);
}

} // namespace signet::mod_autoindex
