// One document while its elements act: what they have set so far, and where their output goes.
#pragma once
#include "config/regex.h"
#include "modules/mod_include/config.h"
#include "modules/mod_include/scanner.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/response.h"

#include <optional>
#include <string>
#include <string_view>

namespace signet::mod_include {

// Set in the notes of an included document: it shares the variables of the one around it.
inline constexpr std::string_view nested_note = "mod_include-nested";

// $0 … $9: of the last condition that matched a regular expression.
struct BackReferences {
    std::string subject{};
    config::Captures captures{}; // into subject
    std::string pattern{};
    int groups = 0; // 0 where the condition was one of ap_expr, as in Apache
    bool have_match = false;
};

// Owned by the filter. Used on the request's fiber.
class Page {
public:
    // What may be left of a reference to a variable that is not set.
    enum class Unset : bool { drop, leave };

    Page(const Config& config, server::Request& request);

    // Makes CGI's variables and mod_include's own, unless they are those of the page around.
    void set_up_variables();
    // An element's effect; what it prints goes to `out`. Errors: the client is gone.
    [[nodiscard]] Result<void> act(Element& element, server::ResponseSink& out);
    [[nodiscard]] bool is_printing() const { return printing_; }
    [[nodiscard]] std::string_view error_message() const { return error_message_; }
    void log_end(bool inside_element);

    // For elements and conditions.
    [[nodiscard]] server::Request& request() { return request_; }
    [[nodiscard]] BackReferences& back_references() { return back_references_; }
    // By name, or a digit; nothing when it is not set.
    [[nodiscard]] std::optional<std::string> variable(std::string_view name);
    // Replaces $name and ${name}; \$ is a dollar sign.
    [[nodiscard]] std::string expand(std::string_view text, Unset unset = Unset::drop);
    template <class... Pieces>
    void log(server::Severity severity, std::string_view apache_id, const Pieces&... pieces) const
    {
        server::log_event(request_,
                          {.severity = severity, .module = "include", .apache_id = apache_id},
                          pieces...);
    }

private:
    using Arguments = const std::vector<Argument>&;
    using Act = Result<void> (Page::*)(Arguments, server::ResponseSink&);
    struct Handler {
        std::string_view name;
        Act act;
    };
    static const Handler handlers[];

    [[nodiscard]] Result<void> act_comment(Arguments, server::ResponseSink&) { return {}; }
    [[nodiscard]] Result<void> act_config(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_echo(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_exec(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_flastmod(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_fsize(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_include(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_printenv(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_set(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_if(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_elif(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_else(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] Result<void> act_endif(Arguments arguments, server::ResponseSink& out);

    // Prints the error message.
    [[nodiscard]] Result<void> fail_element(server::ResponseSink& out) const;
    // True (and a line in the log) when there are fewer than `least`.
    [[nodiscard]] bool lacks_arguments(Arguments arguments, size_t least, std::string_view id,
                                       std::string_view element) const;
    [[nodiscard]] Result<void> decide(Arguments arguments, server::ResponseSink& out);
    [[nodiscard]] std::optional<bool> condition(const std::string& text);
    [[nodiscard]] Result<void> fail_condition(server::ResponseSink& out);
    [[nodiscard]] Result<void> run_cgi(const std::string& uri, std::string_view shown,
                                       server::ResponseSink& out, bool& sound);
    // Size and time of a file that file="" or virtual="" name; nothing was found: logged.
    [[nodiscard]] std::optional<server::FileInfo> find_file(const Argument& argument,
                                                            std::string_view element);
    [[nodiscard]] std::string time_text(int64_t micros, std::string_view format, bool gmt) const;
    [[nodiscard]] std::string lazy_value(std::string_view name);
    void set_variable(std::string_view name, std::string_view value);

    const Config& config_;
    server::Request& request_;
    server::Request& base_; // whose variables they are
    std::string error_message_, time_format_, undefined_echo_;
    bool no_exec_ = false;
    bool printing_ = true;
    bool condition_true_ = true;
    bool condition_failed_ = false; // could not be read: no else follows it
    bool failed_ = false;           // an element could not be read
    bool size_in_bytes_ = false;
    unsigned hidden_ifs_ = 0; // nested in what is not printed
    size_t set_bytes_ = 0;    // by set, all in all
    BackReferences back_references_{};
};

// By ap_expr, or by the language before it. Nothing: it is wrong, and that is logged.
[[nodiscard]] std::optional<bool> test_expression(Page& page, const std::string& text);
[[nodiscard]] std::optional<bool> test_legacy_expression(Page& page, std::string_view text);

} // namespace signet::mod_include
