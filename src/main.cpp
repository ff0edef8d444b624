#include "process/run.h"
#include "tools/verbs.h"

int main(int count, char** words)
{
    const std::span<const char* const> all{words, static_cast<size_t>(count)};
    if (const auto code = signet::tools::run_verb(all)) return *code;
    return signet::process::run(all);
}
