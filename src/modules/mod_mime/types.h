// Media types by file extension: a mime.types file, or the table that comes with the server.
// https://httpd.apache.org/docs/2.4/mod/mod_mime.html#typesconfig
#pragma once
#include "base/result.h"
#include "base/text.h"

#include <string>
#include <string_view>

namespace signet::mod_mime {

class Types {
public:
    // Lines of "type/subtype ext ext …"; # starts a comment. A later line wins.
    void add(std::string_view lines);
    // What the server knows without a file: the types that sites commonly serve.
    void add_built_in();
    [[nodiscard]] bool empty() const { return by_extension_.empty(); }

    // The type of an extension in small letters, "" when there is none.
    [[nodiscard]] std::string_view find(std::string_view extension) const;

private:
    TextMap<std::string> by_extension_;
};

} // namespace signet::mod_mime
