// The layouts of -S and its kin, as Debian's apache2 2.4.71 prints them.
#include "process/check.h"

#include "base/file.h"
#include "server/core_config.h"
#include "server/scope.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <unistd.h>

namespace signet::process {
namespace {

class Dumps : public ::testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/signet-dump-XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        directory = name;
    }
    void TearDown() override
    {
        ::unlink((directory + "/a.conf").c_str());
        ::rmdir(directory.c_str());
    }
    std::shared_ptr<server::Configuration> load(const std::string& text)
    {
        EXPECT_TRUE(write_file_atomically(directory + "/a.conf", text));
        line.server_root = directory;
        line.config_file = "a.conf";
        loader = std::make_unique<Loader>(line);
        config::Diagnostics diagnostics;
        auto configuration = loader->load(true, nullptr, diagnostics);
        EXPECT_TRUE(configuration) << diagnostics.report();
        return configuration;
    }
    // With the directory's name taken out.
    std::string plain(std::string text) const
    {
        for (size_t at = 0; (at = text.find(directory)) != text.npos;) {
            text.replace(at, directory.size(), "/tmp/pf");
        }
        return text;
    }

    std::string directory;
    CommandLine line;
    std::unique_ptr<Loader> loader;
};

TEST_F(Dumps, VirtualHostsAreGroupedByAddressWildcardsLast)
{
    const auto configuration = load(R"(ServerName localhost
ErrorLog error.log
<VirtualHost *:28081>
ServerName a.example
ServerAlias b.example *.c.example
</VirtualHost>
<VirtualHost *:28081>
ServerName d.example
</VirtualHost>
<VirtualHost 127.0.0.1:28082>
ServerName e.example
</VirtualHost>
<VirtualHost _default_:*>
ServerName f.example
</VirtualHost>
)");
    ASSERT_TRUE(configuration);
    EXPECT_EQ(plain(dump_vhosts(*configuration)), R"(VirtualHost configuration:
127.0.0.1:28082        e.example (/tmp/pf/a.conf:10)
*:28081                is a NameVirtualHost
         default server a.example (/tmp/pf/a.conf:3)
         port 28081 namevhost a.example (/tmp/pf/a.conf:3)
                 alias b.example
                 wild alias *.c.example
         port 28081 namevhost d.example (/tmp/pf/a.conf:7)
*:*                    f.example (/tmp/pf/a.conf:13)
)");
}

TEST_F(Dumps, RunSettingsNameFilesDefinesAndUser)
{
    line.defines = {"DUMP_RUN_CFG"};
    const auto configuration = load("ServerName localhost\nDefine FOO bar\nPidFile a.pid\n"
                                    "ErrorLog error.log\nUser www-data\nGroup www-data\n");
    ASSERT_TRUE(configuration);
    const std::string text = plain(dump_run_configuration(*configuration));
    EXPECT_TRUE(text.starts_with("ServerRoot: \"/tmp/pf\"\n")) << text;
    for (const char* piece :
         {"Main ErrorLog: \"/tmp/pf/error.log\"\n", "PidFile: \"/tmp/pf/a.pid\"\n",
          "Define: DUMP_RUN_CFG\nDefine: FOO=bar\n", "User: name=\"www-data\" id=33"}) {
        EXPECT_NE(text.find(piece), text.npos) << piece << text;
    }
}

TEST_F(Dumps, ListOfDirectivesSaysWhereAndWhetherTheyWork)
{
    loader = std::make_unique<Loader>(line);
    const std::string text = "\n" + list_directives(loader->modules());
    const auto entry = [&](const std::string& head) {
        const auto at = text.find("\n" + head + " (");
        return at == text.npos ? "missing"
                               : text.substr(at + 1, text.find("\tStatus:", at) + 40 - at);
    };
    EXPECT_NE(entry("DocumentRoot").find("only outside <Directory>"), std::string::npos);
    EXPECT_NE(entry("DocumentRoot").find("Status: works"), std::string::npos);
    EXPECT_NE(entry("Require").find("when AllowOverride includes AuthConfig"), std::string::npos);
    EXPECT_NE(entry("Include").find("Status: works"), std::string::npos);
    EXPECT_NE(entry("<Directory").find("Status: works"), std::string::npos);
    EXPECT_NE(entry("CacheEnable").find("Status: accepted, no effect yet"), std::string::npos);
}

TEST_F(Dumps, ModulesAreListedByIdentifierAndBySource)
{
    const auto configuration = load("ServerName localhost\nErrorLog error.log\n"
                                    "LoadModule ssl_module modules/mod_ssl.so\n");
    ASSERT_TRUE(configuration);
    const std::string text = dump_modules(*configuration);
    EXPECT_TRUE(text.starts_with("Loaded Modules:\n core_module (static)\n")) << text;
    EXPECT_TRUE(text.ends_with(" (static)\n ssl_module (shared)\n")) << text;
    EXPECT_EQ(text.find("ssl_module (static)"), text.npos);
    EXPECT_TRUE(list_modules(loader->modules()).starts_with("Compiled in modules:\n  core.c\n"));
}

TEST_F(Dumps, NeedNoKeys)
{
    EXPECT_TRUE(write_file_atomically(
        directory + "/a.conf",
        "ServerName localhost\nErrorLog /nowhere/error.log\n<VirtualHost *:443>\nSSLEngine on\n"
        "SSLCertificateFile /nowhere/a.pem\n</VirtualHost>\n"));
    line.server_root = directory;
    line.config_file = "a.conf";
    loader = std::make_unique<Loader>(line);
    config::Diagnostics diagnostics;
    EXPECT_TRUE(loader->read(diagnostics)) << diagnostics.report();
    EXPECT_FALSE(loader->load(true, nullptr, diagnostics));
}

TEST_F(Dumps, WithoutADocumentRootRequestsStayOutOfTheFileSystemsRoot)
{
    const auto configuration = load("ServerName localhost\nErrorLog error.log\n");
    ASSERT_TRUE(configuration);
    EXPECT_EQ(configuration->main.base->core().document_root, "/var/www/html");
}

TEST(Version, CompileSettingsHaveTheLinesThatProgramsLookFor)
{
    const std::string text = compile_settings();
    for (const char* wanted :
         {"\nServer's Module Magic Number: 20120211:142\n", "\nServer MPM:     event\n",
          "\n -D HTTPD_ROOT=\"/etc/signet\"\n", "\n -D SERVER_CONFIG_FILE=\"signet.conf\"\n",
          "\n -D SUEXEC_BIN=\"", "\n -D DEFAULT_PIDLOG=\""}) {
        EXPECT_NE(text.find(wanted), text.npos) << wanted;
    }
}

TEST(Version, NamesTheReleaseOfApacheAndOurs)
{
    EXPECT_TRUE(
        version().starts_with("Server version: Apache/2.4.71 (signet/0.1.0)\nServer built:"));
}

} // namespace
} // namespace signet::process
