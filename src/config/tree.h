// A configuration as written, after Include, Define, IfDefine and friends: nested directives with
// their positions. What a directive means is not known here.
#pragma once
#include "config/source.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

struct Argument {
    std::string text;    // unquoted, ${VAR} replaced
    uint32_t column = 0; // where it starts on its line, 1-based
    bool quoted = false;
};

// One directive, or one section with its content.
struct Node {
    std::string name; // "DocumentRoot", "Directory" (as written, without < >)
    std::string
        arguments; // everything after the name, continuation joined, ${VAR} replaced, not unquoted
    std::vector<Argument> words; // the arguments as Apache's ap_getword_conf splits them
    Position position;
    bool is_section = false;
    std::vector<Node> children; // of a section
};

// Owns the nodes and the names of the files they came from.
struct Tree {
    std::deque<SourceFile> files; // addresses are stable
    std::vector<Node> nodes;
};

} // namespace signet::config
