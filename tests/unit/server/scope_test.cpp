#include "server/scope.h"
#include "server/scope_table.h"
#include "unit/server/site.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

const char two_directories[] = "ServerName example.com\n"
                               "Note server\n"
                               "<Directory /a>\n"
                               "    Note a\n"
                               "</Directory>\n"
                               "<Directory /a/b>\n"
                               "    Options None\n"
                               "</Directory>\n";

const Section& section(const Site& site, size_t i)
{
    return *site.configuration->sections.at(i);
}

TEST(Scope, SharesWhatTheInnerSectionDoesNotMention)
{
    const Site site(two_directories);
    ASSERT_TRUE(site.loaded()) << site.error();
    const Scope a(site.modules(), site.main().base.get(), section(site, 0).config);
    EXPECT_EQ(a.config(0), site.main().base->config(0)) << "core is not mentioned";
    EXPECT_NE(a.config(1), site.main().base->config(1));
    EXPECT_EQ(noted(a), "server a");
    const Scope b(site.modules(), &a, section(site, 1).config);
    EXPECT_EQ(b.config(1), a.config(1));
    EXPECT_EQ(b.core().options, 0);
    EXPECT_EQ(a.core().options, site.main().base->core().options);
}

TEST(Scope, WithoutAnOuterOneUsesTheSectionsOwnConfiguration)
{
    const Site site(two_directories);
    const Scope alone(site.modules(), nullptr, section(site, 0).config);
    EXPECT_EQ(alone.config(1), section(site, 0).config.find(1));
    EXPECT_NE(alone.config(0), nullptr) << "nobody said anything: the defaults";
}

TEST(Scope, BindsHooksByOrderThenByTableAndLeavesOutTheIdle)
{
    const Site site("ServerName example.com\n<Location /noted>\nNote x\n</Location>\n");
    ASSERT_TRUE(site.loaded()) << site.error();
    auto ran = [&](const Scope& scope) {
        Asked asked(site);
        for (const auto& hook : scope.hooks(Phase::fixup)) {
            EXPECT_EQ(hook.config, scope.config(1));
            (void)hook.run(asked.request, asked.response);
        }
        std::string all;
        for (const auto& field : asked.request.notes) all += field.value;
        return all;
    };
    EXPECT_EQ(ran(*site.main().base), "rnl");
    const Scope noted_scope(site.modules(), site.main().base.get(), section(site, 0).config);
    EXPECT_EQ(ran(noted_scope), "rmnl");
    EXPECT_TRUE(noted_scope.hooks(Phase::translate).empty());
}

TEST(Scope, AVhostIsMergedOverTheMainServer)
{
    const Site site("ServerName example.com\nNote main\n"
                    "<VirtualHost *:80>\nServerName one.example\nNote one\n</VirtualHost>\n"
                    "<VirtualHost *:80>\nServerName two.example\n</VirtualHost>\n");
    ASSERT_TRUE(site.loaded()) << site.error();
    EXPECT_EQ(noted(*site.vhost(0).base), "main one");
    EXPECT_EQ(site.vhost(1).base->config(1), site.main().base->config(1));
}

TEST(SectionConfig, IsNullUntilAskedFor)
{
    const Site site("ServerName example.com\n");
    SectionConfig config(site.modules());
    EXPECT_EQ(config.find(1), nullptr);
    void* made = config.at(1);
    EXPECT_EQ(config.at(1), made);
    const SectionConfig moved(std::move(config));
    EXPECT_EQ(moved.find(1), made);
}

class ScopeTableTest : public ::testing::Test {
protected:
    static std::string text()
    {
        std::string all = "ServerName example.com\n";
        for (int i = 0; i < 8; ++i) {
            const std::string n = std::to_string(i);
            all += "<Location /" + n + ">\nNote n" + n + "\n</Location>\n";
        }
        return all + "<VirtualHost *:80>\nServerName other.example\nNote other\n</VirtualHost>\n";
    }
    [[nodiscard]] const Section* at(size_t i) const { return &section(site, i); }

    Site site{text()};
};

TEST_F(ScopeTableTest, MergesOneListOnce)
{
    ScopeTable table;
    const Scope& first = table.pin(site.main(), {at(0), at(1)});
    EXPECT_EQ(&table.pin(site.main(), {at(0), at(1)}), &first);
    EXPECT_EQ(table.size(), 1U);
    EXPECT_EQ(noted(first), "n0 n1");
}

TEST_F(ScopeTableTest, OrderAndVhostMakeAnotherScope)
{
    ScopeTable table;
    const Scope& first = table.pin(site.main(), {at(0), at(1)});
    const Scope& turned = table.pin(site.main(), {at(1), at(0)});
    const Scope& other = table.pin(site.vhost(0), {at(0), at(1)});
    EXPECT_EQ(noted(turned), "n1 n0");
    EXPECT_EQ(noted(other), "other n0 n1");
    EXPECT_EQ(noted(first), "n0 n1");
    EXPECT_EQ(table.size(), 3U);
}

TEST_F(ScopeTableTest, NothingMatchedIsTheVhostsBase)
{
    ScopeTable table;
    EXPECT_EQ(&table.pin(site.main(), {}), site.main().base.get());
    EXPECT_EQ(table.size(), 0U);
    table.unpin(*site.main().base); // harmless
}

TEST_F(ScopeTableTest, RemembersWhichLinesMadeAScope)
{
    ScopeTable table;
    const Scope& scope = table.pin(site.main(), {at(0), at(2)});
    ASSERT_EQ(scope.provenance.size(), 2U);
    EXPECT_EQ(scope.provenance[0]->line, 2U);
    EXPECT_EQ(scope.provenance[1]->line, 8U);
}

TEST_F(ScopeTableTest, TheLeastRecentlyUsedGoesFirst)
{
    ScopeTable table(2);
    table.unpin(table.pin(site.main(), {at(0)}));
    table.unpin(table.pin(site.main(), {at(1)}));
    table.unpin(table.pin(site.main(), {at(0)})); // used again
    table.unpin(table.pin(site.main(), {at(2)}));
    EXPECT_EQ(table.size(), 2U);
    const auto* merged = static_cast<const Notes*>(table.pin(site.main(), {at(0)}).config(1));
    EXPECT_EQ(merged->words, std::vector<std::string>{"n0"});
    EXPECT_EQ(table.size(), 2U) << "0 was still there";
    (void)table.pin(site.main(), {at(1)});
    EXPECT_EQ(table.size(), 2U) << "1 had gone, and 2 went for it";
}

TEST_F(ScopeTableTest, WhatRequestsUseStaysBeyondTheLimit)
{
    ScopeTable table(2);
    std::vector<const Scope*> pinned;
    for (size_t i = 0; i < 8; ++i) pinned.push_back(&table.pin(site.main(), {at(i)}));
    EXPECT_EQ(table.size(), 8U);
    for (size_t i = 0; i < 8; ++i) EXPECT_EQ(noted(*pinned[i]), "n" + std::to_string(i));
    for (const Scope* scope : pinned) table.unpin(*scope);
    table.unpin(table.pin(site.main(), {at(0)}));
    table.unpin(table.pin(site.main(), {at(0), at(1)}));
    EXPECT_EQ(table.size(), 2U);
}

TEST_F(ScopeTableTest, ClearForgetsWhatIsNotPinned)
{
    ScopeTable table;
    table.unpin(table.pin(site.main(), {at(0)}));
    const Scope& kept = table.pin(site.main(), {at(1)});
    table.clear();
    EXPECT_EQ(table.size(), 1U);
    EXPECT_EQ(noted(kept), "n1");
}

TEST_F(ScopeTableTest, KeepsAnHtaccessSectionAsLongAsItsScope)
{
    ScopeTable table(1);
    auto section = std::make_shared<Section>(site.modules());
    section->number = 1000;
    static_cast<Notes*>(section->config.at(1))->words = {"htaccess"};
    const std::weak_ptr<const Section> watched = section;
    const Scope& scope = table.pin(site.main(), {section.get()}, {section});
    section.reset();
    EXPECT_FALSE(watched.expired());
    EXPECT_EQ(noted(scope), "htaccess");
    table.unpin(scope);
    table.unpin(table.pin(site.main(), {at(0)}));
    EXPECT_TRUE(watched.expired());
}

} // namespace
} // namespace signet::server
