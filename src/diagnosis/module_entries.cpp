#include "diagnosis/catalogue.h"

namespace signet::diagnosis {
namespace {

constexpr Entry entries[] = {
    // mod_env
    {600, Severity::warn, "AH01506", "PassEnv variable NAME was undefined",
     "PassEnv hands a variable of the server's own environment to requests, and the server was "
     "started without that variable.",
     "Set it where the server is started (Environment= of the systemd unit, envvars), or give it a "
     "value with SetEnv."},
    {601, Severity::warn, "AH10032", "Spurious usage of '=' in an environment variable name",
     "SetEnv takes the name and the value as two words. Written as NAME=VALUE, all of it becomes "
     "the "
     "name.",
     "Write SetEnv NAME VALUE."},
    // mod_setenvif
    {602, Severity::error, "", "SetEnvIf or BrowserMatch is incomplete or its pattern is invalid",
     "The directive needs what to look at, a regular expression and at least one variable; "
     "BrowserMatch has no first word, SetEnvIfExpr a condition instead of both.",
     "Write it as: SetEnvIf Request_URI \"^/private\" dont_log"},
    {603, Severity::error, "", "SetEnvIfExpr: the condition could not be evaluated",
     "Something the condition needs failed while a request was served, such as reading a file. The "
     "rule is skipped for that request.",
     "The message says what failed; check the file it names and its permissions."},
    // mod_headers
    {610, Severity::error, "", "Header or RequestHeader is written wrongly",
     "The action is unknown, a word is missing, or there is one too many, often because a value of "
     "several words has no quotes.",
     "Put the value in quotes: Header set Cache-Control \"max-age=60, public\""},
    {611, Severity::error, "AH01501", "Failed to evaluate expression - ignoring",
     "The expr= condition of a Header directive failed while a request was served. The header is "
     "left alone.",
     "The message says what failed."},
    {612, Severity::error, "AH02557", "Can't evaluate value expression",
     "The expr= value of a Header directive failed while a request was served; the value is empty.",
     "The message says what failed."},
    // mod_mime
    {620, Severity::warn, "AH01597", "could not open mime types config file",
     "TypesConfig names a file that cannot be read. The built-in table of common types is used, "
     "which may lack some that the file had.",
     "Install the file (Debian: package media-types, /etc/mime.types), correct the path, or remove "
     "TypesConfig."},
    {621, Severity::error, "", "MultiviewsMatch has an unknown or contradictory option",
     "Any and NegotiatedOnly exclude everything else; only Handlers and Filters go together.",
     "Write MultiviewsMatch Any, MultiviewsMatch NegotiatedOnly, or MultiviewsMatch Handlers "
     "Filters."},
    {622, Severity::warn, "AH00082", "an unknown filter was not added",
     "AddInputFilter or AddOutputFilter names a filter that this server does not have; the content "
     "passes unchanged.",
     "Leave the directive out, or serve this content with a server that has the filter."},
    {623, Severity::error, "AH03154", "Can't evaluate handler expression",
     "The expression of SetHandler failed while a request was served; the client got 500.",
     "The message says what failed."},
    // mod_dir
    {630, Severity::error, "", "DirectoryIndexRedirect has an unknown value",
     "It takes on, off, permanent, temp, seeother, or a status from 300 to 399.",
     "Write DirectoryIndexRedirect on for a temporary redirect to the index page."},
    // mod_alias
    {640, Severity::warn, "AH00671",
     "The Alias will probably never match because it overlaps an earlier one",
     "Aliases are tried in the order they are written, and the path of an earlier one is a "
     "beginning of this one's.",
     "Write the longer path first."},
    {641, Severity::error, "",
     "Alias or ScriptAlias stands in the wrong place or has a wrong pattern",
     "With a URL-path and a directory it belongs outside of sections; with the directory alone "
     "into "
     "<Location>, which then supplies the path.",
     "Move the line out of the section, or remove its URL-path."},
    {642, Severity::error, "", "Redirect is written wrongly",
     "A redirect needs a path and a URL that is absolute or starts with a slash; statuses outside "
     "of 300–399 (gone, 404) take no URL.",
     "Write Redirect permanent /old https://example.com/new, or Redirect gone /old."},
    {643, Severity::error, "AH00674",
     "cannot redirect: target is not a valid absoluteURI or abs_path",
     "A RedirectMatch or an expression produced a text that is neither a URL nor a path starting "
     "with a slash. The client got 500.",
     "Start the target with a slash or with https://."},
    {644, Severity::error, "AH02826", "Can't evaluate alias expression",
     "The expression of an Alias or Redirect in <Location> is invalid, or failed while a request "
     "was "
     "served (then the client got 500).",
     "The message says what failed."},
    // mod_authz_core
    {650, Severity::error, "", "Unknown Authz provider",
     "Require names a kind of rule that this server does not have. It is an error and not a "
     "warning, because without the rule somebody could come in who may not.",
     "Check the spelling; until the module exists, protect the part with Require ip … or Require "
     "all "
     "denied."},
    {651, Severity::error, "", "A Require rule or container cannot have an effect",
     "A negated rule can only turn clients away. In <RequireAny>, which is also what surrounds "
     "plain Require lines, it therefore decides nothing; an empty container neither.",
     "Put it into <RequireAll> beside a rule that grants: Require all granted, Require not ip "
     "10.1."},
    {652, Severity::error, "AH01624", "directive contains only negative authorization directives",
     "All rules of the container turn clients away and none lets one in, so nobody could come in.",
     "Add Require all granted to the <RequireAll>."},
    {653, Severity::error, "", "Require has invalid arguments",
     "all takes granted or denied; method takes methods in capitals; expr takes a condition.",
     "The message names the word that is wrong."},
    {654, Severity::error, "AH02320", "Error evaluating expression in 'Require expr'",
     "The condition failed while a request was served. The rule counts as denied.",
     "The message says what failed."},
    // mod_authz_host
    {660, Severity::error, "", "ip address appears to be invalid",
     "Require ip takes addresses, the first bytes of one (10.1), and networks (10.1.0.0/16, "
     "10.1.0.0/255.255.0.0, 2001:db8::/32). Names belong to Require host.",
     "Write Require ip 10.1.0.0/16, or Require host example.org."},
    {661, Severity::error, "AH02593", "Can't evaluate require expression",
     "The host name of a Require host or forward-dns line contains an expression that is invalid "
     "or "
     "failed. The rule counts as denied.",
     "The message says what failed."},
    {662, Severity::error, "AH01753",
     "access check failed, reason: unable to get the remote host name",
     "Require host needs the name of the client's address, confirmed by the address of that name. "
     "There is none, or the two disagree. The rule counts as denied.",
     "Use Require ip for clients without reverse DNS; check the resolver if it is down."},
    // mod_access_compat
    {670, Severity::error, "", "unknown order",
     "Order takes allow,deny or deny,allow as one word, without a space after the comma.",
     "Write Order deny,allow; or use Require instead."},
    {671, Severity::error, "", "Allow or Deny is written wrongly",
     "After from stand all, host names, addresses, networks, or env=VARIABLE.",
     "Write Allow from 10.0.0.0/8 .example.org; or use Require ip and Require host instead."},
    {672, Severity::error, "", "Satisfy either 'any' or 'all'.",
     "Satisfy says whether addresses (Allow) and users (Require) must both fit, or one of them.",
     "Write Satisfy all or Satisfy any."},
};

} // namespace

std::span<const Entry> module_entries()
{
    return entries;
}

} // namespace signet::diagnosis
