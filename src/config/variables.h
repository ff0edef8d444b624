// Define and ${VAR}: names given with -D or Define, and what they stand for.
// https://httpd.apache.org/docs/2.4/mod/core.html#define
#pragma once
#include "base/text.h"
#include "config/lexer.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

// Lives as long as one reading of the configuration.
class Variables {
public:
    Variables(std::set<std::string> defines, const std::map<std::string, std::string>& values);

    void define(const std::string& name);
    void define(const std::string& name, const std::string& value);
    void undefine(const std::string& name);
    // <IfDefine>: -D and Define names compare with case, unlike the names in ${VAR}.
    [[nodiscard]] bool is_defined(const std::string& name) const { return defines_.contains(name); }

    // Replaces every ${NAME} in the line by the Define of that name, else by the environment
    // variable, once (values are not expanded again). Unknown names stay and are returned. False
    // when the result would exceed max_line_bytes; the line then keeps what fits.
    [[nodiscard]] bool expand(LogicalLine& line, std::vector<std::string>& unknown) const;

    [[nodiscard]] const std::set<std::string>& defines() const { return defines_; }
    [[nodiscard]] std::map<std::string, std::string> values() const;

private:
    [[nodiscard]] const char* find(const std::string& name) const;

    std::set<std::string> defines_;
    std::map<std::string, std::string, CaseInsensitiveLess> values_;
};

} // namespace signet::config
