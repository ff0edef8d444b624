// Which directives are refused until they work, because ignoring them would let people in.
#include "server/door.h"

#include "config/lexer.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

struct Case {
    const char* line;
    bool opens; // a door when ignored
};

constexpr Case cases[] = {
    {"AuthDigestProvider file", true},
    {"authtype digest", true},
    {"AuthDBMUserFile /etc/members", true},
    {"AuthLDAPURL ldap://localhost/o=x", true},
    {"AuthFormLoginRequiredLocation /login", true},

    {"SSLUseStapling On", false},
    {"SSLStaplingCache shmcb:/run/s(32768)", false},
    {"SSLCACertificateFile /etc/ca.pem", false},
    {"SSLProxyEngine on", false},

    {"LuaHookAccessChecker /check.lua handle", true},
    {"LuaRoot /srv/lua", false},

    {"ProxyPass /a http://localhost:1", false},
    {"ExpiresActive On", false},
    {"NoSuchDirective at all", false},
};

config::Node node_of(std::string_view line)
{
    size_t offset = 0;
    config::Node node{.name = config::take_word(line, offset).text};
    node.arguments = line.substr(offset);
    for (auto& word : config::split_arguments(line, offset)) {
        node.words.push_back({.text = std::move(word.text)});
    }
    return node;
}

TEST(Door, StaysShutForWhatProtectsAndOnlyForThat)
{
    for (const auto& one : cases) {
        EXPECT_EQ(door_opened_by_ignoring(node_of(one.line)).has_value(), one.opens) << one.line;
    }
}

TEST(Door, ModulesThatMayProtectAreReadWhereTheyAreLoaded)
{
    for (const auto* stem :
         {"auth_basic", "auth_digest", "authn_file", "authz_user", "authnz_ldap", "lua"}) {
        EXPECT_TRUE(may_protect(stem)) << stem;
    }
    for (const auto* stem : {"deflate", "expires", "autoindex", "http2", ""}) {
        EXPECT_FALSE(may_protect(stem)) << stem;
    }
}

} // namespace
} // namespace signet::server
