#include "pki/names.h"

#include <gtest/gtest.h>

namespace signet::pki {
namespace {

TEST(Names, EqualNamesCoverEachOtherWhateverTheCase)
{
    EXPECT_TRUE(name_covers("www.Example.com", "WWW.example.COM"));
    EXPECT_TRUE(name_covers("www.example.com", "www.example.com."));
    EXPECT_FALSE(name_covers("www.example.com", "example.com"));
    EXPECT_FALSE(name_covers("", ""));
}

TEST(Names, WildcardStandsForExactlyOneLabel)
{
    EXPECT_TRUE(name_covers("*.example.com", "www.example.com"));
    EXPECT_FALSE(name_covers("*.example.com", "a.b.example.com"));
    EXPECT_FALSE(name_covers("*.example.com", "example.com"));
    EXPECT_FALSE(name_covers("*.example.com", ".example.com"));
}

TEST(Names, WildcardsInOddPlacesCoverNothing)
{
    EXPECT_FALSE(name_covers("*.com", "example.com"));
    EXPECT_FALSE(name_covers("*", "localhost"));
    EXPECT_FALSE(name_covers("w*.example.com", "www.example.com"));
    EXPECT_FALSE(name_covers("www.*.com", "www.example.com"));
    EXPECT_FALSE(name_covers("*.*.com", "www.example.com"));
    EXPECT_FALSE(name_covers("*.0.0.1", "127.0.0.1"));
}

TEST(Names, AddressesAreToldFromNames)
{
    EXPECT_TRUE(is_ip_address("192.0.2.1"));
    EXPECT_TRUE(is_ip_address("::1"));
    EXPECT_TRUE(is_ip_address("[2001:db8::1]"));
    EXPECT_FALSE(is_ip_address("1.2.3"));
    EXPECT_FALSE(is_ip_address("example.com"));
}

} // namespace
} // namespace signet::pki
