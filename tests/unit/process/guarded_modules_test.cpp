// Blocks for access modules that Apache has and signet has not: they may not vanish.
#include "process/loader.h"

#include "base/file.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

namespace signet::process {
namespace {

// The errors of a configuration, as the command line would print them.
std::string report_of(const std::string& text)
{
    char name[] = "/tmp/signet-guarded-XXXXXX";
    EXPECT_NE(::mkdtemp(name), nullptr);
    const std::string directory = name;
    EXPECT_TRUE(write_file_atomically(directory + "/a.conf",
                                      "ServerName localhost\nErrorLog error.log\n" + text));
    CommandLine line;
    line.server_root = directory;
    line.config_file = "a.conf";
    const Loader loader(line);
    config::Diagnostics diagnostics;
    const auto loaded = loader.load(true, nullptr, diagnostics);
    EXPECT_EQ(loaded != nullptr, !diagnostics.has_errors());
    std::filesystem::remove_all(directory);
    return diagnostics.has_errors() ? diagnostics.report() : "";
}

constexpr const char* block = "<Location /members>\n<IfModule mod_auth_form.c>\n"
                              "AuthFormProvider file\n</IfModule>\n</Location>\n";

TEST(GuardedModules, LoadedOnesAreReadAndTheirDirectivesRefused)
{
    const std::string load = "LoadModule auth_form_module modules/mod_auth_form.so\n";
    EXPECT_NE(report_of(load + block).find("AuthFormProvider is not supported yet"),
              std::string::npos);
}

TEST(GuardedModules, BlocksOfWhatIsNotLoadedAreSkippedAsInApache)
{
    EXPECT_EQ(report_of(block), "");
}

TEST(GuardedModules, OthersStayAbsentWhenLoaded)
{
    EXPECT_EQ(report_of("LoadModule imagemap_module modules/mod_imagemap.so\n"
                        "<IfModule mod_imagemap.c>\nNoSuchDirective\n</IfModule>\n"),
              "");
}

} // namespace
} // namespace signet::process
