// Answers to questions that have no message number: what the FAQs of twenty years asked, in the
// words that a user would type. One list for `signet explain` and for its tests.
#pragma once
#include <span>
#include <string_view>
#include <vector>

namespace signet::diagnosis {

struct Topic {
    std::string_view title; // the question
    std::string_view words; // what it is found by, besides the words of the title
    std::string_view text;  // the answer; paragraphs end with '\n'
};

[[nodiscard]] std::span<const Topic> topics();
// Those that share the most words with the query, the best first; all of them share at least half
// of its words that mean anything. At most five.
[[nodiscard]] std::vector<const Topic*> find_topics(std::string_view query);

} // namespace signet::diagnosis
