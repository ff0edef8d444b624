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

// "Keys" and "key" are one word here.
std::string stem(std::string_view word)
{
    std::string text = lowercase(word);
    for (const std::string_view ending : {"ing", "es", "s", "ed"}) {
        if (text.size() > ending.size() + 3 && text.ends_with(ending)) {
            text.resize(text.size() - ending.size());
            break;
        }
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
        size_t others; // words that were not asked for: the narrower answer comes first
    };
    std::vector<Scored> scored;
    for (const auto& topic : topics()) {
        const auto title = words_of(topic.title);
        auto all = words_of(topic.words);
        all.insert(title.begin(), title.end());
        const auto in = [](const std::set<std::string>& set) {
            return [&set](const std::string& word) { return set.contains(word); };
        };
        const auto hits = static_cast<size_t>(std::ranges::count_if(wanted, in(all)));
        const auto title_hits = static_cast<size_t>(std::ranges::count_if(wanted, in(title)));
        if (hits > 0 && hits * 2 >= wanted.size()) {
            scored.push_back({&topic, hits, title_hits,
                              title_hits > 0 ? title.size() - title_hits : all.size() - hits});
        }
    }
    std::ranges::stable_sort(scored, [](const Scored& a, const Scored& b) {
        return std::tuple{b.hits, b.title_hits, a.others}
               < std::tuple{a.hits, a.title_hits, b.others};
    });
    std::vector<const Topic*> found;
    for (const auto& one : scored) {
        // Only as good as the best one, unless the query was vague.
        if (found.size() < 5 && one.hits == scored.front().hits) found.push_back(one.topic);
    }
    return found;
}

} // namespace signet::diagnosis
