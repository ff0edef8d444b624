#include "server/section_match.h"
#include "unit/server/site.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

// The notes of the sections that match, in merge order.
std::string names(const Matched& matched)
{
    std::string all;
    for (const Section* section : matched) {
        for (const auto& word : static_cast<const Notes*>(section->config.find(1))->words) {
            all += (all.empty() ? "" : " ") + word;
        }
    }
    return all;
}

std::string lines(const std::vector<std::string>& sections)
{
    std::string text = "ServerName example.com\n";
    for (const auto& line : sections) text += line + "\n";
    return text;
}

std::string locations_of(const Site& site, std::string_view uri)
{
    Asked asked(site);
    asked.at(uri);
    Matched matched;
    match_locations(site.main().sections, asked.request, matched);
    return names(matched);
}

// As the directory walk does, for a directory given with its slash.
std::string directories_of(const Site& site, std::string_view directory)
{
    Asked asked(site);
    Matched matched;
    unsigned depth = 0;
    for (size_t i = 0; i < directory.size(); ++i) {
        if (directory[i] != '/') continue;
        match_directory(site.main().sections, directory.substr(0, i + 1), ++depth, matched);
    }
    match_directory_patterns(site.main().sections, directory, asked.request, matched);
    return names(matched);
}

TEST(LocationMatch, PrefixEndsAtASlash)
{
    const Site site(lines(
        {"<Location /a>", "Note a", "</Location>", "<Location /b/>", "Note b", "</Location>"}));
    ASSERT_TRUE(site.loaded()) << site.error();
    EXPECT_EQ(locations_of(site, "/a"), "a");
    EXPECT_EQ(locations_of(site, "/a/"), "a");
    EXPECT_EQ(locations_of(site, "/a/deep/er"), "a");
    EXPECT_EQ(locations_of(site, "/ab"), "");
    EXPECT_EQ(locations_of(site, "/A"), "");
    EXPECT_EQ(locations_of(site, "/b/c"), "b");
    EXPECT_EQ(locations_of(site, "/b"), "");
}

TEST(LocationMatch, KeepsTheOrderOfTheConfigurationNotOfLength)
{
    const Site site(
        lines({"<Location /a/b>", "Note long", "</Location>", "<Location />", "Note root",
               "</Location>", "<LocationMatch b$>", "Note regex", "</LocationMatch>"}));
    EXPECT_EQ(locations_of(site, "/a/b"), "long root regex");
    EXPECT_EQ(locations_of(site, "/a/bc"), "root");
}

TEST(LocationMatch, AStarDoesNotCrossASlash)
{
    const Site site(lines({"<Location /u/*/pub>", "Note glob", "</Location>"}));
    EXPECT_EQ(locations_of(site, "/u/joe/pub"), "glob");
    EXPECT_EQ(locations_of(site, "/u/joe/x/pub"), "");
}

TEST(LocationMatch, NamedGroupsBecomeVariables)
{
    const Site site(lines(
        {R"x(<LocationMatch "^/combined/(?<sitename>[^/]+)">)x", "Note m", "</LocationMatch>"}));
    Asked asked(site);
    asked.at("/combined/two/x");
    Matched matched;
    match_locations(site.main().sections, asked.request, matched);
    EXPECT_EQ(asked.request.env_or("MATCH_SITENAME", ""), "two");
}

TEST(DirectoryMatch, ShortestDirectoryFirstWhateverTheOrderWritten)
{
    const Site site(lines({"<Directory /srv/www>", "Note www", "</Directory>", "<Directory />",
                           "Note root", "</Directory>", "<Directory /srv>", "Note srv",
                           "</Directory>", "<Directory /srv/>", "Note again", "</Directory>"}));
    EXPECT_EQ(directories_of(site, "/srv/www/sub/"), "root srv again www");
    EXPECT_EQ(directories_of(site, "/srv/"), "root srv again");
    EXPECT_EQ(directories_of(site, "/srvx/"), "root");
}

TEST(DirectoryMatch, GlobsCountByTheirSlashes)
{
    const Site site(lines({"<Directory /home/*/public>", "Note glob", "</Directory>",
                           "<Directory /home/joe>", "Note joe", "</Directory>"}));
    EXPECT_EQ(directories_of(site, "/home/joe/public/"), "joe glob");
    EXPECT_EQ(directories_of(site, "/home/ann/public/x/"), "glob");
    EXPECT_EQ(directories_of(site, "/home/ann/x/public/"), "");
}

TEST(DirectoryMatch, PatternsComeAfterAllPlainOnes)
{
    const Site site(lines({"<DirectoryMatch ^/srv>", "Note first", "</DirectoryMatch>",
                           "<Directory ~ www/$>", "Note second", "</Directory>",
                           "<Directory /srv/www>", "Note plain", "</Directory>"}));
    EXPECT_EQ(directories_of(site, "/srv/www/"), "plain first second");
}

TEST(DirectoryMatch, MainServersSectionsComeBeforeAVhostsOfTheSameDepth)
{
    const Site site(
        lines({"<VirtualHost *:80>", "ServerName v.example", "<Directory /srv>", "Note own",
               "</Directory>", "</VirtualHost>", "<Directory /srv>", "Note main", "</Directory>"}));
    ASSERT_TRUE(site.loaded()) << site.error();
    Matched matched;
    match_directory(site.vhost(0).sections, "/srv/", 2, matched);
    EXPECT_EQ(names(matched), "main own");
}

std::string files_of(const Site& site, std::string_view filename, Matched matched = {})
{
    Asked asked(site);
    asked.at("/", filename);
    match_files(site.main().sections, asked.request, matched);
    return names(matched);
}

TEST(FilesMatch, LooksAtTheBaseNameOnly)
{
    const Site site(
        lines({"<Files secret.txt>", "Note literal", "</Files>", "<Files *.txt>", "Note glob",
               "</Files>", R"(<FilesMatch "^s.*t$">)", "Note regex", "</FilesMatch>"}));
    EXPECT_EQ(files_of(site, "/srv/secret.txt"), "literal glob regex");
    EXPECT_EQ(files_of(site, "/secret.txt/other"), "");
    EXPECT_EQ(files_of(site, "/srv/plain.txt"), "glob");
    EXPECT_EQ(files_of(site, "/srv/dir/"), "") << "a directory has no base name";
}

TEST(FilesMatch, ThoseInADirectoryApplyThereAndAfterTheServers)
{
    const Site site(lines({"<Directory /srv>", "Note dir", "<Files x>", "Note nested", "</Files>",
                           "</Directory>", "<Files x>", "Note server", "</Files>"}));
    ASSERT_TRUE(site.loaded()) << site.error();
    const Section* directory = site.main().sections.directories.at(0);
    EXPECT_EQ(files_of(site, "/srv/x", {directory}), "dir server nested");
    EXPECT_EQ(files_of(site, "/other/x"), "server");
}

std::string conditions_of(const Site& site, std::string_view uri, Matched matched = {})
{
    Asked asked(site);
    asked.at(uri);
    (void)match_conditions(site.main().sections, asked.request, matched);
    return names(matched);
}

TEST(IfSections, TheFirstOfAChainThatHoldsApplies)
{
    const Site site(lines({R"(<If "%{REQUEST_URI} == '/a'">)", "Note if", "</If>",
                           R"(<ElseIf "%{REQUEST_URI} =~ m#^/[ab]#">)", "Note elseif", "</ElseIf>",
                           "<Else>", "Note else", "</Else>"}));
    ASSERT_TRUE(site.loaded()) << site.error();
    EXPECT_EQ(conditions_of(site, "/a"), "if");
    EXPECT_EQ(conditions_of(site, "/b"), "elseif");
    EXPECT_EQ(conditions_of(site, "/c"), "else");
}

TEST(IfSections, EachIfBeginsANewChain)
{
    const Site site(lines({"<If true>", "Note one", "</If>", "<If true>", "Note two", "</If>",
                           "<Else>", "Note never", "</Else>"}));
    EXPECT_EQ(conditions_of(site, "/"), "one two");
}

TEST(IfSections, NestedOnesFollowAllOfTheLevelAroundThem)
{
    const Site site(lines({"<If true>", "Note outer", "<If false>", "Note no", "</If>", "<Else>",
                           "Note inner", "</Else>", "</If>", "<If true>", "Note next", "</If>"}));
    ASSERT_TRUE(site.loaded()) << site.error();
    EXPECT_EQ(conditions_of(site, "/"), "outer next inner");
}

TEST(IfSections, ThoseInMatchedSectionsComeLast)
{
    const Site site(lines({"<Location /a>", "Note loc", "<If true>", "Note nested", "</If>",
                           "</Location>", "<If true>", "Note server", "</If>"}));
    ASSERT_TRUE(site.loaded()) << site.error();
    EXPECT_EQ(conditions_of(site, "/a", {site.main().sections.locations.at(0)}),
              "loc server nested");
}

} // namespace
} // namespace signet::server
