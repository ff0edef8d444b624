#include "diagnosis/catalogue.h"

namespace signet::diagnosis {
namespace {

constexpr Entry entries[] = {
    {200, Severity::info, "AH00128", "File does not exist",
     "The URL-path leads to no file below DocumentRoot or an Alias.",
     "Compare the path in the message with the files on disk; capital letters matter."},
    {201, Severity::error, "AH00035", "Access denied because search permissions are missing",
     "The workers' user may not look into a directory on the way to the file.",
     "Give that user the x permission on every directory of the path: namei -l PATH shows them."},
    {202, Severity::error, "AH00036", "A name in the path is too long",
     "A component of the URL-path is longer than the file system allows.",
     "Nothing has to be done: such requests are usually probes."},
    {203, Severity::error, "AH00037", "Symbolic link not allowed or link target not accessible",
     "A component of the path is a link, and Options there contains neither FollowSymLinks nor "
     "SymLinksIfOwnerMatch (or the owners differ), or the link leads nowhere.",
     "Options +FollowSymLinks in that <Directory>, or replace the link."},
    {204, Severity::error, "AH00132", "A file may not be read",
     "The workers' user has no r permission on the file.",
     "chmod or chgrp the file so that the User of the configuration can read it."},
    {205, Severity::crit, "AH00529", "A .htaccess file cannot be read",
     "The file is there but the workers' user may not open it. Since it could forbid something, "
     "the "
     "request is refused.",
     "Make the file readable for that user, or set AllowOverride None."},
    {206, Severity::error, "AH00124", "Too many internal redirects",
     "A rewrite rule, FallbackResource or ErrorDocument leads back to itself.",
     "Add a condition that ends the chain; LimitInternalRecursion bounds it."},
    {207, Severity::error, "AH00126", "The target of a request is invalid",
     "The request line's target is no URL, or has bytes that a URL may not contain.",
     "Nothing has to be done: the client is at fault."},
    {208, Severity::error, "AH00550", "The Host field is malformed",
     "The client sent a Host that is no host name or address.",
     "Nothing has to be done; HttpProtocolOptions Unsafe admits a little more."},
    {209, Severity::error, "AH00569", "A request of HTTP/1.1 has no Host",
     "HTTP/1.1 demands a Host field, since the virtual host depends on it.", "Mend the client."},
    {211, Severity::error, "", "A condition could not be evaluated",
     "An <If> section's condition failed while a request was served; as in Apache, the section "
     "does "
     "not apply then. A section that protects something should rest on Require.",
     "The message says what failed: mend the condition or the file it names."},
    {212, Severity::error, "AH00565", "The request line is too long",
     "It is longer than LimitRequestLine.", "Raise LimitRequestLine if such requests are wanted."},
    {213, Severity::error, "AH00561", "A header field is too long",
     "It is longer than LimitRequestFieldSize, often because of many or large cookies.",
     "Raise LimitRequestFieldSize, or let the application store less in cookies."},
    {214, Severity::error, "AH00563", "Too many header fields",
     "There are more than LimitRequestFields.",
     "Raise LimitRequestFields if such requests are wanted."},
    {240, Severity::error, "", "handler not found for a file",
     "SetHandler, AddHandler or ScriptAlias names a handler (cgi-script, proxy:…, server-status) "
     "that this version of signet does not have. The file is not sent instead, since a script's "
     "source may hold secrets: the answer is 500.",
     "Keep such a site on Apache until signet has the handler, or remove the directive."},
    {250, Severity::error, "AH00484", "MaxRequestWorkers is reached",
     "As many requests as MaxRequestWorkers allows wait for something (a client's body, a slow "
     "reader), or all connections it stands for are open. Further requests wait in a queue, and "
     "get 503 when that is full; further connections wait in the kernel's.",
     "Raise MaxRequestWorkers (and ServerLimit or ThreadsPerChild, if they bound it), or remove "
     "them: then stacks and descriptors are the only limits. ?auto of server-status shows how "
     "many are busy."},
};

} // namespace

std::span<const Entry> request_entries()
{
    return entries;
}

} // namespace signet::diagnosis
