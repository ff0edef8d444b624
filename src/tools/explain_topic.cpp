#include "tools/explain_topic.h"

#include "base/text.h"
#include "diagnosis/catalogue.h"
#include "diagnosis/topics.h"
#include "tools/style.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace signet::tools {
namespace {

std::string text_of(const diagnosis::Topic& topic, pki::Facts* found)
{
    if (found) found->push_back({{"topic", topic.title}, {"text", topic.text}});
    std::string out(topic.title);
    out += "\n";
    for (const auto part : split(topic.text, '\n')) out += paragraph("    ", part, 5);
    return out;
}

// The end of an error text that a library printed, as it was copied: numbers of messages that say
// so.
std::string messages_with(std::string_view words, pki::Facts* found)
{
    const auto wanted = split_words(words);
    std::string out;
    size_t count = 0;
    for (const auto& entry : diagnosis::all()) {
        const auto has = [&](std::string_view word) {
            return ifind(entry.symptom, word) != std::string_view::npos;
        };
        if (wanted.empty() || !std::ranges::all_of(wanted, has) || ++count > 8) continue;
        if (found)
            found->push_back({{"id", diagnosis::name(entry.id)}, {"message", entry.symptom}});
        out += "  " + diagnosis::name(entry.id) + "  " + std::string(entry.symptom) + "\n";
    }
    return out;
}

} // namespace

Result<std::string> explain_topic(std::string_view words, pki::Facts* found)
{
    std::string out;
    for (const auto* topic : diagnosis::find_topics(words)) {
        out += (out.empty() ? "" : "\n") + text_of(*topic, found);
    }
    const auto messages = messages_with(words, found);
    if (!messages.empty()) out += (out.empty() ? "" : "\n") + std::string("Messages:\n") + messages;
    if (!out.empty()) return out;
    return fail("Nothing is known about \"" + std::string(words)
                + "\". A message's number looks like SG0042 or AH00558; other questions are found "
                  "by their words: signet explain connection refused");
}

} // namespace signet::tools
