// The request behind the rows of expression_cases.tsv, without a server.
#pragma once
#include "base/text.h"
#include "config/expression.h"

#include <deque>
#include <map>
#include <string>

namespace signet::config {

class FakeContext : public ExpressionContext {
public:
    std::map<std::string, std::string, CaseInsensitiveLess> variables{
        {"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/27"},       {"QUERY_STRING", "q=a%20b&x=1"},
        {"HTTPS", "off"},          {"REMOTE_ADDR", "127.0.0.1"}, {"TIME_YEAR", "2026"}};
    std::map<std::string, std::string, CaseInsensitiveLess> headers{
        {"User-Agent", "Agent/1.0"}, {"Referer", "http://ref/"}, {"X-Multi", "a"}};
    std::map<std::string, std::string, CaseInsensitiveLess> environment{{"SIENV", "si"},
                                                                        {"MYENV", "frombox"}};
    std::vector<std::string> extensions;
    std::string client = "127.0.0.1";
    bool keeps = true;
    Captures groups;
    mutable std::vector<std::string> asked;

    [[nodiscard]] std::string variable(std::string_view name) const override
    {
        asked.emplace_back(name);
        return find(variables, name);
    }
    [[nodiscard]] std::string lookup(std::string_view function,
                                     std::string_view name) const override
    {
        asked.push_back(std::string(function) + ":" + std::string(name));
        if (function == "req" || function == "req_novary") return find(headers, name);
        if (function == "reqenv" || function == "env") return find(environment, name);
        if (function == "md5" && name == "foo") return "acbd18db4cc2f85cedef654fccc4a4d8";
        if (function == "sha1" && name == "foo") return "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33";
        if (function == "ssl") return find(variables, name);
        return {};
    }
    [[nodiscard]] bool reachable(char kind, std::string_view what) const override
    {
        asked.push_back(std::string("-") + kind + " " + std::string(what));
        return kind == 'U';
    }
    [[nodiscard]] std::string client_address() const override { return client; }
    [[nodiscard]] std::vector<std::string> list(std::string_view function,
                                                std::string_view name) const override
    {
        asked.push_back(std::string(function) + ":" + std::string(name));
        return extensions;
    }
    [[nodiscard]] Captures& captures() override { return groups; }
    [[nodiscard]] std::string_view keep(std::string_view subject) override
    {
        if (!keeps) return {};
        return kept_.emplace_back(subject);
    }

private:
    template <class Map> static std::string find(const Map& map, std::string_view name)
    {
        const auto found = map.find(name);
        return found == map.end() ? std::string() : found->second;
    }
    std::deque<std::string> kept_;
};

} // namespace signet::config
