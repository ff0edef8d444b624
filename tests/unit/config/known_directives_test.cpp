#include "config/known_directives.h"

#include "config/arity.h"
#include "config/known_modules.h"
#include "config/lexer.h"

#include <gtest/gtest.h>

namespace signet::config {
namespace {

Node node(std::string name, std::string_view arguments, bool is_section = false)
{
    Node out{.name = std::move(name), .arguments = std::string(arguments)};
    out.is_section = is_section;
    for (auto& word : split_arguments(arguments, 0))
        out.words.push_back({.text = std::move(word.text)});
    return out;
}

// Apache's message for the words, by the arity that was measured.
std::string arity(std::string name, std::string_view arguments, bool is_section = false)
{
    const auto* known = find_known_directive(name);
    if (!known) return "unknown";
    return check_arity(node(std::move(name), arguments, is_section), known->takes, "").value_or("");
}

TEST(KnownDirectives, AreTheManuals712)
{
    EXPECT_EQ(known_directives().size(), 712u);
}

TEST(KnownDirectives, EveryRowHasAContextAndAModule)
{
    for (const auto& directive : known_directives()) {
        EXPECT_NE(directive.allowed, 0) << directive.name;
        EXPECT_FALSE(directive.module.empty()) << directive.name;
        EXPECT_FALSE(directive.syntax.empty()) << directive.name;
    }
}

TEST(KnownDirectives, AreFoundInAnyCase)
{
    const auto* directive = find_known_directive("docUMENTroot");
    ASSERT_TRUE(directive);
    EXPECT_EQ(directive->name, "DocumentRoot");
    EXPECT_EQ(directive->module, "core");
    EXPECT_EQ(directive->allowed, allowed_server);
    EXPECT_EQ(directive->overrides, override_none);
    EXPECT_EQ(find_known_directive("MaxClients"), nullptr);
}

TEST(KnownDirectives, SectionsLoseTheirBrackets)
{
    const auto* section = find_known_directive("VirtualHost");
    ASSERT_TRUE(section);
    EXPECT_TRUE(section->is_section);
    EXPECT_EQ(section->allowed, in_server);
}

TEST(KnownDirectives, OverridesFollowTheManual)
{
    EXPECT_EQ(find_known_directive("DirectoryIndex")->overrides, override_indexes);
    EXPECT_EQ(find_known_directive("Require")->overrides, override_auth_config);
}

TEST(NearestDirective, FindsTheMisspelt)
{
    EXPECT_EQ(nearest_directive("DocmentRoot"), "DocumentRoot");
    EXPECT_EQ(nearest_directive("SSLCertificatFile"), "SSLCertificateFile");
    EXPECT_EQ(nearest_directive("directoryindx"), "DirectoryIndex");
}

TEST(NearestDirective, IsSilentWhenNothingIsNear)
{
    EXPECT_EQ(nearest_directive("Frobnicate"), "");
    EXPECT_EQ(nearest_directive(""), "");
    EXPECT_EQ(nearest_directive(std::string(100'000, 'x')), "");
}

TEST(Arity, SpeaksApachesWords)
{
    EXPECT_EQ(arity("DocumentRoot", "/a /b"), "DocumentRoot takes one argument");
    EXPECT_EQ(arity("documentroot", ""), "DocumentRoot takes one argument");
    EXPECT_EQ(arity("AcceptFilter", "http"), "AcceptFilter takes two arguments");
    EXPECT_EQ(arity("Define", "a b c"), "Define takes 1-2 arguments");
    EXPECT_EQ(arity("LogLevel", ""), "LogLevel requires at least one argument");
    EXPECT_EQ(arity("AddType", "text/html"), "AddType requires at least two arguments");
    EXPECT_EQ(arity("FilterProtocol", "a"), "FilterProtocol takes two or three arguments");
    EXPECT_EQ(arity("KeepAlive", "maybe"), "KeepAlive must be On or Off");
    EXPECT_EQ(arity("LimitRequestFieldSize", ""), "LimitRequestFieldsize takes one argument");
}

TEST(Arity, CountsOnlyTheFirstWordOfAFlag)
{
    EXPECT_EQ(arity("KeepAlive", "On Off"), "");
}

TEST(Arity, RawDirectivesTakeAnything)
{
    EXPECT_EQ(arity("RewriteRule", ""), "");
    EXPECT_EQ(arity("SetEnvIf", "a b c d e f"), "");
}

TEST(Arity, AppendsTheHelpText)
{
    EXPECT_EQ(check_arity(node("DocumentRoot", ""), Takes::one, "a directory"),
              "DocumentRoot takes one argument, a directory");
    EXPECT_EQ(check_arity(node("KeepAlive", ""), Takes::flag, "On or Off"),
              "KeepAlive must be On or Off");
    EXPECT_EQ(check_arity(node("Listen", ""), Takes::one_or_two, "an address"),
              "Listen requires 1 or 2 arguments.");
}

TEST(Arity, SectionsMissTheirArgumentsInTheirOwnWords)
{
    EXPECT_EQ(arity("Directory", "", true), "<Directory> directive requires additional arguments");
    EXPECT_EQ(arity("VirtualHost", "", true),
              "<VirtualHost> directive requires additional arguments");
    EXPECT_EQ(arity("Files", "a b", true), "Multiple <Files> arguments not (yet) supported.");
    EXPECT_EQ(arity("Files", "~ b", true), "");
    EXPECT_EQ(arity("Else", "x", true), "<Else> does not take an argument");
    EXPECT_EQ(arity("RequireAll", "x", true),
              "<RequireAll> directive doesn't take additional arguments");
    EXPECT_EQ(arity("VirtualHost", "*:80 *:81", true), "");
}

std::string context(std::string name, Allowed where, std::string_view section,
                    bool is_section = false)
{
    const uint8_t allowed = find_known_directive(name)->allowed;
    return check_context(node(std::move(name), "", is_section), allowed, where, section)
        .value_or("");
}

TEST(Context, SpeaksApachesWords)
{
    EXPECT_EQ(context("ServerName", in_directory, "Directory"),
              "ServerName not allowed in <Directory> context");
    EXPECT_EQ(context("Timeout", in_directory, "If"), "Timeout not allowed in <If> context");
    EXPECT_EQ(context("Listen", in_vhost, "VirtualHost"),
              "Listen cannot occur within <VirtualHost> section");
    EXPECT_EQ(context("VirtualHost", in_vhost, "VirtualHost", true),
              "<VirtualHost> cannot occur within <VirtualHost> section");
    EXPECT_EQ(context("Directory", in_directory, "Directory", true),
              "<Directory not allowed in <Directory> context");
    EXPECT_EQ(context("Require", in_vhost, "VirtualHost"),
              "Require not allowed in <VirtualHost> context");
    EXPECT_EQ(context("AllowOverride", in_server, ""), "AllowOverride not allowed here");
    EXPECT_EQ(context("Listen", in_htaccess, ""), "Listen not allowed here");
    EXPECT_EQ(context("DirectoryIndex", in_htaccess, ""), "");
    EXPECT_EQ(context("Listen", in_htaccess, "Files"), "Listen not allowed in <Files> context");
}

TEST(Arity, TakesAnEmptyWordForNone)
{
    const Node empty{.name = "ServerAdmin", .arguments = "\"\"", .words = {{.quoted = true}}};
    EXPECT_EQ(check_arity(empty, Takes::one, "an address").value_or(""),
              "ServerAdmin takes one argument, an address");
    const Node second{.name = "Define", .words = {{.text = "X"}, {.quoted = true}}};
    EXPECT_FALSE(check_arity(second, Takes::one_or_two, ""));
}

TEST(KnownModules, KnowOldAndNewNames)
{
    for (const auto* name :
         {"mod_ssl.c", "ssl_module", "mod_mime.c", "prefork.c", "mpm_event_module", "mod_access.c",
          "mod_php5.c", "mod_security2.c", "core.c"}) {
        EXPECT_TRUE(is_module_name(name)) << name;
    }
    for (const auto* name : {"mime.c", "mod_ssl", "ssl", "mod_mine.c", "", "mod_.c", "_module"}) {
        EXPECT_FALSE(is_module_name(name)) << name;
    }
}

TEST(KnownModules, SuggestTheNearest)
{
    EXPECT_EQ(nearest_module("mime.c"), "mod_mime.c");
    EXPECT_EQ(nearest_module("mod_ssl"), "mod_ssl.c");
    EXPECT_EQ(nearest_module("rewrit_module"), "rewrite_module");
    EXPECT_EQ(nearest_module("mod_frobnicate_everything.c"), "");
}

} // namespace
} // namespace signet::config
