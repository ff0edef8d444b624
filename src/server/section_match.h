// Which sections apply to a request, in the order Apache merges them.
// https://httpd.apache.org/docs/2.4/sections.html#merging
#pragma once
#include "base/result.h"
#include "server/section.h"

#include <string_view>
#include <vector>

namespace signet::server {

class Request;

// A list of sections that matched, in merge order.
using Matched = std::vector<const Section*>;

// <Location> and <LocationMatch> for the request's URI.
void match_locations(const SectionList& sections, Request& request, Matched& matched);
// <Proxy> and <ProxyMatch> for the URL of another server.
void match_proxies(const SectionList& sections, std::string_view url, Request& request,
                   Matched& matched);
// <Directory> sections for one directory of the walk: "/", "/srv/", "/srv/www/" (trailing slash).
void match_directory(const SectionList& sections, std::string_view directory, unsigned depth,
                     Matched& matched);
// <DirectoryMatch> for the path of what exists: with the file's name, or a directory's slash as it
// was asked for.
void match_directory_patterns(const SectionList& sections, std::string_view path, Request& request,
                              Matched& matched);
// <Files> of the server and of the sections matched so far, for the file's base name; that of
// a directory asked for with its slash is empty.
void match_files(const SectionList& sections, Request& request, Matched& matched);
// <If>, <ElseIf>, <Else>; a condition that cannot be evaluated is logged and does not hold.
void match_conditions(const SectionList& sections, Request& request, Matched& matched);

} // namespace signet::server
