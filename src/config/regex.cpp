#include "config/regex.h"

#include "base/text.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

namespace signet::config {
namespace {

// PCRE2's own limit on the steps of one match, a tenth of a second; it starts anew at every
// character a match may start from, so patterns that are not anchored get a share of a budget.
constexpr uint32_t step_limit = 10'000'000;
constexpr size_t step_budget = 50'000'000;
constexpr uint32_t backtrack_kilobytes = 8 * 1024;
constexpr size_t longest_pattern = size_t{64} << 10;
// Compiling recurses once per open parenthesis, and .htaccess is compiled on a fiber's small stack.
constexpr uint32_t deepest_group = 100;

struct Release {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
    void operator()(pcre2_jit_stack* stack) const { pcre2_jit_stack_free(stack); }
    void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};

// What one match needs besides the pattern. It carries nothing from one match to the next, so
// every pattern and every fiber of a thread uses the same one; no match suspends a fiber.
class Scratch {
public:
    Scratch()
        : data_(pcre2_match_data_create(10, nullptr))
        , context_(pcre2_match_context_create(nullptr))
        , stack_(pcre2_jit_stack_create(size_t{32} << 10, size_t{512} << 10, nullptr))
    {
        if (!data_ || !context_ || !stack_) impossible("no memory for regular expressions");
        pcre2_set_heap_limit(context_.get(), backtrack_kilobytes);
        pcre2_jit_stack_assign(context_.get(), nullptr, stack_.get());
    }

    int run(const pcre2_code* code, bool anchored, std::string_view subject)
    {
        pcre2_set_match_limit(context_.get(),
                              anchored ? step_limit : steps_per_start(subject.size()));
        const auto* bytes = reinterpret_cast<PCRE2_SPTR>(subject.data() ? subject.data() : "");
        return pcre2_match(code, bytes, subject.size(), 0, 0, data_.get(), context_.get());
    }
    [[nodiscard]] const size_t* offsets() const { return pcre2_get_ovector_pointer(data_.get()); }

private:
    // Never less than what honest patterns need, which walk over the rest of the subject once.
    static uint32_t steps_per_start(size_t length)
    {
        const size_t share = std::max(step_budget / (length + 1), 2 * length + 1000);
        return static_cast<uint32_t>(std::min<size_t>(share, step_limit));
    }

    std::unique_ptr<pcre2_match_data, Release> data_;
    std::unique_ptr<pcre2_match_context, Release> context_;
    std::unique_ptr<pcre2_jit_stack, Release> stack_;
};

Scratch& scratch()
{
    static thread_local Scratch one; // a cache of memory, without state
    return one;
}

std::string describe(int code, size_t offset)
{
    std::array<unsigned char, 256> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return std::string(reinterpret_cast<const char*>(text.data())) + " (at "
           + std::to_string(offset) + ")";
}

// Apache's ap_regcomp: names may repeat; the rest is the administrator's choice.
uint32_t flags_of(const Regex::Options& options)
{
    uint32_t flags = PCRE2_DUPNAMES;
    if (options.ignore_case) flags |= PCRE2_CASELESS;
    if (options.dot_all) flags |= PCRE2_DOTALL;
    if (options.dollar_endonly) flags |= PCRE2_DOLLAR_ENDONLY;
    if (options.extended) flags |= PCRE2_EXTENDED;
    return flags;
}

} // namespace

void Regex::FreeCode::operator()(pcre2_real_code_8* code) const
{
    pcre2_code_free(code);
}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern)
{
    return compile(pattern, Options{});
}

Result<Regex> Regex::compile(std::string_view pattern, Options options)
{
    if (pattern.size() > longest_pattern) return fail("regular expression is too long");
    const std::unique_ptr<pcre2_compile_context, Release> context(
        pcre2_compile_context_create(nullptr));
    if (!context) return fail("no memory for a regular expression");
    pcre2_set_parens_nest_limit(context.get(), deepest_group);

    Regex regex;
    regex.pattern_ = pattern;
    int error = 0;
    size_t offset = 0;
    regex.code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.pattern_.data()),
                                    regex.pattern_.size(), flags_of(options), &error, &offset,
                                    context.get()));
    if (!regex.code_) return fail(describe(error, offset));
    // Without JIT (a pattern it cannot take, or no executable memory) the interpreter matches.
    (void)pcre2_jit_compile(regex.code_.get(), PCRE2_JIT_COMPLETE);
    regex.read_facts();
    return regex;
}

void Regex::read_facts()
{
    uint32_t groups = 0;
    uint32_t count = 0;
    uint32_t entry_size = 0;
    uint32_t options = 0;
    PCRE2_SPTR table = nullptr;
    pcre2_pattern_info(code_.get(), PCRE2_INFO_CAPTURECOUNT, &groups);
    pcre2_pattern_info(code_.get(), PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(code_.get(), PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
    pcre2_pattern_info(code_.get(), PCRE2_INFO_NAMETABLE, &table);
    pcre2_pattern_info(code_.get(), PCRE2_INFO_ALLOPTIONS, &options);
    groups_ = static_cast<int>(groups);
    anchored_ = (options & PCRE2_ANCHORED) != 0;
    // An entry is the number in two bytes, high byte first, and the name with its NUL.
    for (uint32_t i = 0; i < count; ++i, table += entry_size) {
        names_.emplace_back(reinterpret_cast<const char*>(table + 2), table[0] * 256 + table[1]);
    }
}

bool Regex::matches(std::string_view subject) const
{
    return scratch().run(code_.get(), anchored_, subject) >= 0;
}

bool Regex::match(std::string_view subject, Captures& captures) const
{
    const int found = scratch().run(code_.get(), anchored_, subject);
    if (found < 0) return false;

    const auto* offsets = scratch().offsets();
    // 0 says that there are more groups than the ten we have room for.
    captures.count = found == 0 ? 10 : found;
    for (size_t i = 0; i < captures.groups.size(); ++i) {
        captures.groups[i] = {};
        if (i >= static_cast<size_t>(captures.count)) continue;
        const size_t start = offsets[2 * i];
        const size_t end = offsets[2 * i + 1];
        // \K in a lookahead can put the start behind the end.
        if (start == PCRE2_UNSET || end < start) continue;
        captures.groups[i] = subject.substr(start, end - start);
    }
    return true;
}

std::string substitute(std::string_view pattern, const Captures& captures)
{
    std::string out;
    out.reserve(pattern.size() + 32);
    for (size_t i = 0; i < pattern.size(); ++i) {
        const bool has_next = i + 1 < pattern.size();
        if (pattern[i] == '$' && has_next && is_digit(pattern[i + 1])) {
            const int group = pattern[++i] - '0';
            if (group < captures.count) out += captures.groups[static_cast<size_t>(group)];
        } else if (pattern[i] == '\\' && has_next) {
            out += pattern[++i];
        } else {
            out += pattern[i];
        }
    }
    return out;
}

} // namespace signet::config
