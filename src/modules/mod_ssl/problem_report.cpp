#include "modules/mod_ssl/problem_report.h"

namespace signet::mod_ssl {

Result<void> report_problems(const pki::Problems& problems, const server::Words& words)
{
    bool failed = false;
    for (const auto& problem : problems) {
        failed = failed || problem.is_error();
        words.report({.severity = problem.severity,
                      .id = problem.id,
                      .message = problem.message,
                      .expected = problem.cause,
                      .fix = problem.fix});
    }
    if (failed) return fail("see above");
    return {};
}

} // namespace signet::mod_ssl
