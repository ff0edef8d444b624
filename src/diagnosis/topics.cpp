#include "diagnosis/topics.h"

#include "base/text.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

namespace signet::diagnosis {
namespace {

// Words that say nothing about what is asked.
constexpr std::string_view fillers[] = {
    "a",     "an",    "the",  "is",  "are",   "do",      "does",   "i",     "my",  "to",
    "of",    "in",    "on",   "for", "with",  "and",     "or",     "what",  "why", "how",
    "when",  "where", "can",  "it",  "not",   "no",      "me",     "at",    "by",  "from",
    "which", "get",   "have", "has", "about", "explain", "signet", "apache"};

// "Keys" and "key", "processes" and "process" are one word here.
std::string stem(std::string_view word)
{
    std::string text = lowercase(word);
    for (const std::string_view ending : {"sses", "ing", "ed", "s"}) {
        if (text.size() <= ending.size() + 2 || !text.ends_with(ending)) continue;
        if (ending == "s" && text.ends_with("ss")) break;
        text.resize(text.size() - (ending == "sses" ? 2 : ending.size()));
        break;
    }
    return text;
}

std::set<std::string> words_of(std::string_view text)
{
    std::set<std::string> words;
    std::string word;
    const auto end_word = [&] {
        const bool filler = std::ranges::find(fillers, lowercase(word)) != std::end(fillers);
        if (!word.empty() && !filler) words.insert(stem(word));
        word.clear();
    };
    for (const char c : text) {
        if (is_alnum(c) || c == '_' || c == '.' || c == '-')
            word += c;
        else
            end_word();
    }
    end_word();
    return words;
}

} // namespace

std::vector<const Topic*> find_topics(std::string_view query)
{
    const auto wanted = words_of(query);
    struct Scored {
        const Topic* topic;
        size_t hits, title_hits;
        size_t both; // words that the title has, and the list of words once more
        size_t title_size;
    };
    std::vector<Scored> scored;
    for (const auto& topic : topics()) {
        const auto title = words_of(topic.title);
        const auto more = words_of(topic.words);
        Scored one{&topic, 0, 0, 0, title.size()};
        for (const auto& word : wanted) {
            const bool in_title = title.contains(word);
            const bool in_words = more.contains(word);
            one.hits += in_title || in_words;
            one.title_hits += in_title;
            one.both += in_title && in_words;
        }
        if (one.hits > 0 && one.hits * 2 >= wanted.size()) scored.push_back(one);
    }
    std::ranges::stable_sort(scored, [](const Scored& a, const Scored& b) {
        return std::tuple(a.hits, a.title_hits, a.both, b.title_size)
               > std::tuple(b.hits, b.title_hits, b.both, a.title_size);
    });
    std::vector<const Topic*> found;
    for (const auto& one : scored) {
        // Only as good as the best one, unless the query was vague.
        if (found.size() < 5 && one.hits == scored.front().hits) found.push_back(one.topic);
    }
    return found;
}

} // namespace signet::diagnosis
