// Accepted values and messages were compared with `apache2 -t` of 2.4.71.
#include "config/known_directives.h"
#include "server/core_directives.h"
#include "unit/server/directive_fixture.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

constexpr uint8_t bits(unsigned value)
{
    return static_cast<uint8_t>(value);
}

TEST(CoreTable, AgreesWithTheManualInContextAndOverride)
{
    for (const auto& directive : core_module().directives) {
        if (std::string_view(directive.name) == "LogLevelOverride") continue; // of Apache 2.5
        const auto* known = config::find_known_directive(directive.name);
        ASSERT_NE(known, nullptr) << directive.name;
        EXPECT_EQ(known->name, directive.name);
        EXPECT_EQ(known->allowed, directive.allowed) << directive.name;
        EXPECT_EQ(known->overrides, directive.overrides) << directive.name;
    }
}

TEST(Options, PlainWordsReplaceTheDefault)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("Options", {"Indexes", "MultiViews"}), "");
    EXPECT_EQ(core.config.options, option_indexes | option_multiviews);
    EXPECT_FALSE(core.config.options_relative);
}

TEST(Options, MixingSignsAndPlainWordsIsRefused)
{
    CoreFixture core;
    const std::string message = "Either all Options must start with + or -, or no Option may.";
    EXPECT_EQ(core.apply("Options", {"+Indexes", "MultiViews"}), message);
    EXPECT_EQ(core.apply("Options", {"Indexes", "+MultiViews"}), message);
    EXPECT_EQ(core.apply("Options", {"+Indexes", "None"}), message);
}

TEST(Options, AllAndNoneComeFirstAndWithoutSign)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("Options", {"+All"}), "You may not use 'Options +All' or 'Options -All'.");
    EXPECT_EQ(core.apply("Options", {"+None"}),
              "You may not use 'Options +None' or 'Options -None'.");
    EXPECT_EQ(core.apply("Options", {"Indexes", "All"}),
              "'Options All' must be the first option given.");
    EXPECT_EQ(core.apply("Options", {"Indexes", "None"}),
              "'Options None' must be the first Option given.");
    EXPECT_EQ(core.apply("Options", {"All", "Indexes"}), "");
    EXPECT_EQ(core.apply("Options", {"None", "Indexes"}), "");
    EXPECT_EQ(core.config.options, option_indexes);
    EXPECT_EQ(core.apply("Options", {"Nonsense"}), "Illegal option Nonsense");
}

TEST(Options, RelativeOnesChangeWhatIsOutside)
{
    CoreFixture outer;
    CoreFixture inner;
    ASSERT_EQ(outer.apply("Options", {"Indexes", "Includes"}), "");
    ASSERT_EQ(inner.apply("Options", {"+MultiViews", "-Indexes", "+IncludesNOEXEC"}), "");
    const auto merged = merge_core(outer.config, inner.config);
    EXPECT_EQ(merged.options, option_multiviews | option_includes_noexec);
}

TEST(Options, AbsoluteOnesReplaceWhatIsOutside)
{
    CoreFixture outer;
    CoreFixture inner;
    ASSERT_EQ(outer.apply("Options", {"All"}), "");
    ASSERT_EQ(inner.apply("Options", {"FollowSymLinks"}), "");
    EXPECT_EQ(merge_core(outer.config, inner.config).options, option_follow_symlinks);
}

TEST(Options, AllowOverrideBoundsWhatHtaccessMaySet)
{
    CoreFixture core;
    const Words::Place htaccess{.level = Level::htaccess, .override_options = option_indexes};
    EXPECT_EQ(core.apply("Options", {"+ExecCGI"}, htaccess), "Option ExecCGI not allowed here");
    EXPECT_EQ(core.apply("Options", {"+Indexes"}, htaccess), "");
    EXPECT_EQ(core.apply("Options", {"All"}, htaccess), "Option All not allowed here");
}

TEST(AllowOverride, ReadsClassesAndOptions)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("AllowOverride", {"FileInfo", "Options=Indexes,MultiViews"}), "");
    EXPECT_EQ(core.config.allow_override, config::override_file_info | config::override_options);
    EXPECT_EQ(core.config.allow_override_options, option_indexes | option_multiviews);
    EXPECT_EQ(core.apply("AllowOverride", {"Nonfatal=All", "All"}), "");
    EXPECT_TRUE(core.config.allow_override_nonfatal);
    EXPECT_EQ(core.apply("AllowOverride", {"Foo"}), "Illegal override option Foo");
    EXPECT_EQ(core.apply("AllowOverride", {"Options=Foo"}), "Illegal option Foo");
}

TEST(AllowOverride, InLocationIsUselessAndWarned)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("AllowOverride", {"All"},
                         {.level = Level::directory, .section = SectionKind::location}),
              "");
    EXPECT_TRUE(core.last_finding().starts_with("AH00114: Useless use of AllowOverride"));
}

TEST(AllowOverrideList, DiscardsWhatHtaccessCannotContain)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("AllowOverrideList", {"Redirect", "DocumentRoot", "Foo"}), "");
    EXPECT_EQ(core.config.allow_override_list, std::vector<std::string>{"Redirect"});
    EXPECT_EQ(core.diagnostics.findings().size(), 2U);
    EXPECT_EQ(core.apply("AllowOverrideList", {"None", "Redirect"}),
              "'None' not allowed with other directives in AllowOverrideList");
}

TEST(Durations, UnderstandApachesUnits)
{
    using core::parse_duration;
    using std::chrono::milliseconds;
    EXPECT_EQ(parse_duration("5"), milliseconds(5000));
    EXPECT_EQ(parse_duration("300ms"), milliseconds(300));
    EXPECT_EQ(parse_duration("5minutes"), milliseconds(300'000));
    EXPECT_EQ(parse_duration("1h"), milliseconds(3'600'000));
    for (const char* wrong : {"", "-1", "abc", "5x", "5m", "5.5", "5us", "99999999999999999999"}) {
        EXPECT_FALSE(parse_duration(wrong)) << wrong;
    }
}

TEST(Limits, RefuseWhatApacheRefuses)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("LimitRequestLine", {"-1"}),
              "LimitRequestLine \"-1\" must be a non-negative integer");
    EXPECT_EQ(core.apply("LimitRequestBody", {"5k"}),
              "LimitRequestBody requires a non-negative integer.");
    EXPECT_EQ(core.apply("LimitRequestBody", {"99999999999999999999"}),
              "LimitRequestBody argument is not parsable.");
    EXPECT_EQ(core.apply("LimitRequestBody", {"102400"}), "");
    EXPECT_EQ(core.config.limit_request_body, 102400U);
    EXPECT_EQ(core.apply("LimitInternalRecursion", {"5", "0"}),
              "The recursion limit must be greater than zero.");
    EXPECT_EQ(core.apply("MaxRanges", {"0"}),
              "MaxRanges requires 'none', 'default', 'unlimited' or a positive integer");
    EXPECT_EQ(core.apply("MaxRanges", {"unlimited"}), "");
    EXPECT_EQ(core.config.max_ranges, unlimited_ranges);
}

TEST(HttpProtocolOptions, ExcludeEachOther)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("HttpProtocolOptions", {"Strict", "Unsafe"}),
              "HttpProtocolOptions 'Strict' and 'Unsafe' are mutually exclusive");
    CoreFixture other;
    EXPECT_EQ(other.apply("HttpProtocolOptions", {"unsafe", "require1.0"}), "");
    EXPECT_EQ(other.config.strict_protocol, false);
    EXPECT_EQ(other.config.allow_http09, false);
    EXPECT_FALSE(other.config.registered_methods.has_value());
}

TEST(ServerName, ChecksPortAndWildcards)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("ServerName", {"https://www.example.com:8443"}), "");
    EXPECT_EQ(core.apply("ServerName", {"a:b"}),
              "The port number \"a:b\" is outside the appropriate range (i.e., 1..65535).");
    EXPECT_EQ(core.apply("ServerName", {"*.example.com"}),
              "Invalid ServerName \"*.example.com\" use ServerAlias to set multiple server names.");
}

TEST(DocumentRoot, MustExistInTheMainServerOnly)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("DocumentRoot", {"/nonexistent"}),
              "DocumentRoot '/nonexistent' is not a directory, or is not readable");
    EXPECT_EQ(core.apply("DocumentRoot", {"/nonexistent"}, {.level = Level::vhost}), "");
    EXPECT_EQ(core.last_finding(), "AH00112: Warning: DocumentRoot [/nonexistent] does not exist");
    EXPECT_EQ(core.apply("DocumentRoot", {"/tmp/"}), "");
    EXPECT_EQ(core.config.document_root, "/tmp");
}

TEST(ErrorDocument, TellsTextsPathsAndUrlsApart)
{
    using Kind = ErrorDocument::Kind;
    CoreFixture core;
    EXPECT_EQ(core.apply("ErrorDocument", {"404", "/missing.html"}), "");
    EXPECT_EQ(core.apply("ErrorDocument", {"403", "http://example.com/"}), "");
    EXPECT_EQ(core.apply("ErrorDocument", {"500", "Sorry"}), "");
    EXPECT_EQ(core.apply("ErrorDocument", {"410", "default"}), "");
    EXPECT_EQ(core.config.error_documents[404].kind, Kind::local);
    EXPECT_EQ(core.config.error_documents[403].kind, Kind::external);
    EXPECT_EQ(core.config.error_documents[500].kind, Kind::text);
    EXPECT_EQ(core.config.error_documents[410].kind, Kind::built_in);
    EXPECT_EQ(core.apply("ErrorDocument", {"418", "tea"}), "Unsupported HTTP response code 418");
    EXPECT_EQ(core.apply("ErrorDocument", {"401", "https://example.com/"}), "");
    EXPECT_FALSE(core.config.error_documents.contains(401));
}

TEST(FileETag, CombinesComponents)
{
    CoreFixture core;
    EXPECT_EQ(file_etag_bits(core.config), 6);
    EXPECT_EQ(core.apply("FileETag", {"+INode", "-MTime"}), "");
    EXPECT_EQ(file_etag_bits(core.config), 1); // not a change of the default MTime Size
    EXPECT_EQ(core.apply("FileETag", {"MTime", "None"}), "");
    EXPECT_EQ(core.config.file_etag, 0);
    EXPECT_EQ(core.apply("FileETag", {"-All"}),
              "FileETag keyword 'All' cannot be used with '+' or '-'");
    EXPECT_EQ(core.apply("FileETag", {"Foo"}), "Unknown keyword 'Foo' for FileETag directive");
    CoreFixture outer;
    CoreFixture inner;
    ASSERT_EQ(outer.apply("FileETag", {"All"}), "");
    ASSERT_EQ(inner.apply("FileETag", {"-INode"}), "");
    EXPECT_EQ(file_etag_bits(merge_core(outer.config, inner.config)), bits(6));
    CoreFixture none;
    CoreFixture size;
    ASSERT_EQ(none.apply("FileETag", {"None"}), "");
    ASSERT_EQ(size.apply("FileETag", {"+Size"}), "");
    EXPECT_EQ(file_etag_bits(merge_core(none.config, inner.config)), bits(0));
    EXPECT_EQ(file_etag_bits(merge_core(none.config, size.config)), bits(4));
}

TEST(LogLevel, PlainLevelForgetsModules)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("LogLevel", {"core:trace3", "info", "ssl:debug"}), "");
    EXPECT_EQ(core.config.log_levels.all, diagnosis::Severity::info);
    EXPECT_EQ(core.config.log_levels.modules.size(), 1U);
    EXPECT_EQ(core.apply("LogLevel", {"so:"}),
              "Module specifier 'so' must be followed by a log level keyword");
    EXPECT_EQ(core.apply("LogLevel", {"nosuch:info"}), "Cannot find module nosuch");
    EXPECT_TRUE(core.apply("LogLevel", {"ssl:trace9"})
                    .starts_with("ssl:trace9: Log level keyword must be one of"));
}

TEST(LogLevel, InnerModuleLevelsJoinOuterOnes)
{
    CoreFixture outer;
    CoreFixture inner;
    CoreFixture plain;
    ASSERT_EQ(outer.apply("LogLevel", {"warn", "ssl:debug"}), "");
    ASSERT_EQ(inner.apply("LogLevel", {"core:info"}), "");
    ASSERT_EQ(plain.apply("LogLevel", {"error"}), "");
    const auto joined = merge_core(outer.config, inner.config);
    EXPECT_EQ(joined.log_levels.modules.size(), 2U);
    EXPECT_TRUE(merge_core(joined, plain.config).log_levels.modules.empty());
}

TEST(Mutex, ChecksMechanismDirectoryAndName)
{
    CoreFixture core;
    EXPECT_TRUE(core.apply("Mutex", {"foo"})
                    .starts_with("Invalid Mutex argument foo (Mutex mechanisms are:"));
    EXPECT_EQ(core.apply("Mutex", {"flock:/nonexistent"}),
              "Invalid Mutex directory in argument flock:/nonexistent");
    EXPECT_EQ(core.apply("Mutex", {"sem", "nosuch"}), "Mutex type nosuch is not valid");
    EXPECT_EQ(core.apply("Mutex", {"none"}), "None is not allowed for mutex type default");
    EXPECT_EQ(core.apply("Mutex", {"file:/tmp", "ssl-cache"}), "");
    EXPECT_EQ(core.configuration.process.mutexes["ssl-cache"].mechanism, "file:/tmp");
}

TEST(ErrorLogFormat, KnowsItsTwoOtherKinds)
{
    CoreFixture core;
    EXPECT_EQ(core.apply("ErrorLogFormat", {"foo", "x"}),
              "ErrorLogFormat type must be one of request, connection");
    EXPECT_EQ(core.apply("ErrorLogFormat", {"connection", "%M"}),
              "%M cannot be used in once-per-request or once-per-connection formats");
    EXPECT_EQ(core.apply("ErrorLogFormat", {"connection", "[%t] from %a"}), "");
    EXPECT_EQ(core.config.error_log_once_per_connection.size(), 1U);
    EXPECT_EQ(core.apply("ErrorLogFormat", {"[%t]"}),
              "main ErrorLogFormat must contain message format string '%M'");
}

} // namespace
} // namespace signet::server
