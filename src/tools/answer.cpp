#include "tools/answer.h"

#include "diagnosis/catalogue.h"
#include "tools/console.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace signet::tools {

using pki::Facts;

Facts complaint_facts(int id, std::string_view text)
{
    Facts facts;
    facts["id"] = diagnosis::name(id);
    facts["message"] = text;
    if (const auto* entry = diagnosis::find(id)) {
        facts["cause"] = entry->cause;
        if (!entry->fix.empty()) facts["fix"] = entry->fix;
    }
    return facts;
}

Answer::Answer(std::string verb, bool json, std::string output)
    : verb_(std::move(verb))
    , output_(std::move(output))
    , json_(json)
    , facts_(std::make_unique<Facts>(Facts::object()))
{
}

Answer::Answer(Answer&&) noexcept = default;
Answer& Answer::operator=(Answer&&) noexcept = default;
Answer::~Answer() = default;

void Answer::wrote(const std::string& path, std::string_view what)
{
    if (path != "-") say(path + ": " + std::string(what) + "\n");
}

void Answer::note(std::string_view text)
{
    if (json_) {
        notes_.emplace_back(text);
    } else {
        std::fprintf(stderr, "note: %.*s\n", static_cast<int>(text.size()), text.data());
    }
}

void Answer::replaces(bool wanted, const std::string& line)
{
    if (wanted && json_) openssl_.push_back(line);
    if (wanted && !json_) show_openssl(true, line);
}

int Answer::complain(int id, std::string_view text)
{
    if (!json_) { // on a terminal, after what was said before it
        write_out(std::exchange(text_, {}));
        return tools::complain(verb_, id, text);
    }
    // What came before the last one is told, too.
    if (error_) note(error_->value("id", "") + ": " + error_->value("message", ""));
    error_ = std::make_unique<Facts>(complaint_facts(id, text));
    return exit_failed;
}

int Answer::complain(const Error& error, int otherwise)
{
    return complain(message_of(error, otherwise), error.text);
}

int Answer::complain_of_writing(const Error& error)
{
    return complain(error.kind == Error::Kind::denied ? file_exists : cannot_write, error.text);
}

Facts Answer::take_error()
{
    const auto error = std::move(error_);
    return error ? *error : Facts();
}

void Answer::write_out(std::string_view text) const
{
    FILE* where = output_ == "-" ? stderr : stdout;
    std::fwrite(text.data(), 1, text.size(), where);
    std::fflush(where);
}

void Answer::deliver()
{
    if (std::exchange(delivered_, true)) return;
    if (json_) {
        if (error_ && !facts_->is_object()) *facts_ = Facts::object();
        if (error_) (*facts_)["error"] = *error_;
        if (!notes_.empty() && facts_->is_object()) (*facts_)["remarks"] = notes_;
        if (!openssl_.empty() && facts_->is_object()) (*facts_)["openssl"] = openssl_;
        text_ = pki::json_text(*facts_);
    }
    write_out(text_);
}

} // namespace signet::tools
