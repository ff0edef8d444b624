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
     "SetHandler or AddHandler names a handler (proxy:…, php, a misspelt name) that this version "
     "of "
     "signet does not have. The file is not sent instead, since a script's "
     "source may hold secrets: the answer is 500.",
     "Keep such a site on Apache until signet has the handler, or remove the directive."},
    {250, Severity::error, "AH00484", "MaxRequestWorkers is reached",
     "As many requests as MaxRequestWorkers allows wait for something (a client's body, a slow "
     "reader), or all connections it stands for are open. Further requests wait in a queue, and "
     "get 503 when that is full; further connections wait in the kernel's.",
     "Raise MaxRequestWorkers (and ServerLimit or ThreadsPerChild, if they bound it), or remove "
     "them: then stacks and descriptors are the only limits. ?auto of server-status shows how "
     "many are busy."},
    {260, Severity::error, "AH01623", "A method is not allowed here",
     "AllowMethods of this place does not name the request's method; the client got 405.",
     "Nothing has to be done if the method is unwanted; otherwise add it to AllowMethods."},
    {261, Severity::warn, "AH10142", "AuthzProviderAlias has several arguments without quotes",
     "Only the first word behind the alias's name belongs to the rule; the others are ignored.",
     "Write <AuthzProviderAlias ip office \"192.0.2.0/24 198.51.100.7\">."},
    {270, Severity::warn, "", "An HTTP/2 client resets streams as fast as it opens them",
     "More than 200 requests were cancelled before they were answered, and more than 20 a second "
     "since: the attack called rapid reset (CVE-2023-44487), or a broken client. The connection "
     "ended with ENHANCE_YOUR_CALM.",
     "Nothing has to be done; block the address if it goes on."},
    {271, Severity::warn, "", "An HTTP/2 client floods its connection with SETTINGS",
     "Each SETTINGS frame has to be acknowledged. More than 50 came, and more than 2 a second "
     "since. The connection ended with ENHANCE_YOUR_CALM.",
     "Nothing has to be done; block the address if it goes on."},
    {272, Severity::warn, "", "An HTTP/2 client floods its connection with PING",
     "Each PING has to be answered. More than 100 came, and more than 10 a second since. The "
     "connection ended with ENHANCE_YOUR_CALM.",
     "A monitoring client that pings too often is to be slowed down; else block the address."},
    {273, Severity::warn, "", "An HTTP/2 client floods its connection with PRIORITY",
     "More than 1000 PRIORITY or PRIORITY_UPDATE frames came, and more than 100 a second since. "
     "The connection ended with ENHANCE_YOUR_CALM.",
     "Nothing has to be done; block the address if it goes on."},
    {274, Severity::warn, "", "An HTTP/2 client floods its connection with WINDOW_UPDATE",
     "More than 2000 WINDOW_UPDATE frames came that no response explains, and more than 500 a "
     "second since. The connection ended with ENHANCE_YOUR_CALM.",
     "Nothing has to be done; block the address if it goes on."},
    {275, Severity::warn, "", "An HTTP/2 client floods its connection with empty DATA frames",
     "More than 100 DATA frames without data came, and more than 20 a second since. The connection "
     "ended with ENHANCE_YOUR_CALM.",
     "Nothing has to be done; block the address if it goes on."},
    {276, Severity::warn, "", "An HTTP/2 client sends frames of unknown types",
     "More than 100 frames that no standard knows came, and more than 20 a second since. The "
     "connection ended with ENHANCE_YOUR_CALM.",
     "Nothing has to be done; block the address if it goes on."},
    {277, Severity::warn, "", "An HTTP/2 client made more errors than H2MaxStreamErrors allows",
     "The client broke the protocol on several streams of one connection. The connection ended "
     "with ENHANCE_YOUR_CALM.",
     "LogLevel http2:info tells what was wrong with each. Raise H2MaxStreamErrors (0: no limit) if "
     "the client cannot be mended."},
    {278, Severity::warn, "", "An HTTP/2 head decodes to far more than the limits allow",
     "More than 1000 fields, or more than 1 MiB of them, in one head: header compression makes "
     "that out of little (an HPACK bomb). The connection ended with ENHANCE_YOUR_CALM.",
     "Nothing has to be done. Heads beyond LimitRequestFields alone are answered with 431."},
    {279, Severity::warn, "", "An HTTP/2 head has too many CONTINUATION frames",
     "A head went on for more than 16 frames: a CONTINUATION flood (CVE-2024-28182). The "
     "connection ended with ENHANCE_YOUR_CALM.",
     "Nothing has to be done; block the address if it goes on."},
    {280, Severity::info, "AH03402", "An HTTP/2 client broke the protocol",
     "What it sent cannot be HTTP/2 any more, or is not understood. The connection ended with "
     "GOAWAY.",
     "Nothing has to be done, unless it is a client of yours: the message says what was wrong."},
    {281, Severity::error, "", "A file became shorter while it was sent over HTTP/2",
     "Somebody wrote to the file while a client was downloading it. The stream was reset, so that "
     "the client does not take the part for the whole.",
     "Replace files by renaming new ones over them instead of writing into them."},
    {282, Severity::info, "", "An HTTP/2 stream was reset because its client took nothing",
     "The client left its window closed for as long as H2StreamTimeout (or Timeout) says.",
     "Nothing has to be done. Raise H2StreamTimeout for clients that pause for long."},
    {283, Severity::info, "AH03052", "TLS is too weak for HTTP/2",
     "The client chose h2 and a TLS version before 1.2, or a suite without forward secrecy or "
     "authenticated encryption. The connection ended with INADEQUATE_SECURITY.",
     "Leave such suites out of SSLCipherSuite and SSLProtocol, or set H2ModernTLSOnly Off."},
    {284, Severity::warn, "", "Worker threads of HTTP/2 have no meaning here",
     "Apache runs streams on threads of their own. Here each runs on a fiber; there are as many "
     "as streams are open, bounded by H2MaxSessionStreams.",
     "Remove the directive."},
    {286, Severity::warn, "", "Requests are not serialized",
     "H2SerializeHeaders On makes Apache turn HTTP/2 requests into HTTP/1.1 text for old modules. "
     "There are none here.",
     "Remove the directive."},
};

} // namespace

std::span<const Entry> request_entries()
{
    return entries;
}

} // namespace signet::diagnosis
