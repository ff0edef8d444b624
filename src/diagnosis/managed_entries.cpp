// What mod_md says about certificates that the server gets by itself: 780–799 and 850–869.
#include "diagnosis/tool_entries.h"

namespace signet::diagnosis {
namespace {

constexpr Entry entries[] = {
    {780, Severity::error, "", "A directive of mod_md is written wrongly",
     "The value is none that the directive knows; the message says what it may be.",
     "Write it as the message says. Durations are 30s, 12h or 5d; windows may be percentages of a "
     "certificate's life (33%)."},
    {781, Severity::error, "", "MDomain or <MDomainSet> names something that is no domain",
     "A managed domain is a list of host names such as example.org www.example.org, without "
     "scheme, "
     "port or path; a wildcard is the whole first label.",
     "Write MDomain example.org www.example.org."},
    {782, Severity::error, "", "MDCertificateAuthority is not a URL",
     "It takes the URL of an ACME directory, or one of the names letsencrypt, letsencrypt-test and "
     "buypass.",
     "Ask the CA for its directory URL. For trying out: MDCertificateAuthority letsencrypt-test."},
    {783, Severity::error, "", "MDExternalAccountBinding cannot be read",
     "The file has to hold JSON with the two texts kid and hmac, as the CA gives them.",
     "Write {\"kid\": \"…\", \"hmac\": \"…\"} into it, readable by root only."},
    {784, Severity::error, "", "Two managed domains have a name or a virtual host in common",
     "Each name gets one certificate, so it can be in one managed domain only; and a virtual host "
     "uses the certificate of one.",
     "Take the name out of one of them, or join them into one MDomain. With MDMatchNames "
     "servernames "
     "only ServerName decides which domain a virtual host belongs to."},
    {785, Severity::warn, "", "A managed domain waits for MDCertificateAgreement",
     "A certificate is obtained only after you have said that you accept the CA's terms of "
     "service.",
     "Read them, then write MDCertificateAgreement accepted."},
    {786, Severity::warn, "", "A managed domain cannot prove that it is yours",
     "The CA connects to port 80 (http-01) or 443 (tls-alpn-01) of the name, or looks for a TXT "
     "record (dns-01, the only way for a wildcard). This server offers none of what is needed.",
     "Add Listen 80 or Listen 443; behind a port forwarding say where they arrive: MDPortMap "
     "http:8080. For wildcards name a program with MDChallengeDns01."},
    {787, Severity::error, "", "A virtual host has a name that its managed domain lacks",
     "Members of the domain are given by hand (manual), and a browser would be shown a certificate "
     "that does not cover the name.",
     "Add the name to MDomain, or let them be added: MDMembers auto."},
    {788, Severity::error, "", "A managed domain cannot start",
     "Its store (MDStoreDir) or its certificate files cannot be opened, or do not match.",
     "The message names the file. The store has to belong to User and be on a local disk."},
    {790, Severity::notice, "AH10059", "The Managed Domain has been setup",
     "A certificate was obtained and is served by all workers from now on; no reload is needed.",
     "Nothing needs to be done."},
    {791, Severity::error, "AH10056", "A certificate could not be obtained",
     "The CA or the way to it said no; its own words are in the message. urn:…:unauthorized and "
     "urn:…:connection mean that the CA could not see the proof: the name leads elsewhere, or port "
     "80 or 443 is not reachable from outside. urn:…:rateLimited: too many orders.",
     "Mend what the message names. The server tries again by itself, later with each failure; "
     "signet acme status tells when. The old certificate stays in use."},
    {792, Severity::warn, "", "A managed certificate expires soon",
     "It was not renewed although it is in its last tenth (MDWarnWindow).",
     "Look for SG0791 in the log, or ask signet acme status."},
    {793, Severity::error, "", "No order is begun because there were many already",
     "signet keeps a ledger of the orders it has begun, so that a crash loop or a lost file does "
     "not "
     "meet the CA's rate limits, which last for a week.",
     "Find out why so many orders were needed (SG0791). MDOrderLimit allows more in a week."},
    {794, Severity::info, "", "A step on the way to a certificate",
     "An account, an order or a renewal "
     "window: what the message says.",
     "Nothing needs to be done."},
    {795, Severity::warn, "AH10109", "The program of MDMessageCmd or MDNotifyCmd failed",
     "It could not be run, took longer than a minute, or ended with another status than 0.",
     "Run it by hand with the same words, as User. It gets PATH and nothing else from the "
     "environment."},
    {796, Severity::error, "", "SSLCertificateFile auto, and nobody gets a certificate",
     "A certificate is obtained for the ServerName and ServerAlias of the virtual host, from the "
     "CA "
     "of MDCertificateAuthority (Let's Encrypt without it), after you have accepted the CA's "
     "terms. "
     "The message says what is missing.",
     "Give the virtual host a ServerName, and write MDCertificateAgreement accepted once, outside "
     "of "
     "the virtual hosts."},
    {798, Severity::warn, "", "A certificate is ordered, but not as the configuration wishes",
     "The CA does not offer the profile that MDProfile names.",
     "The message lists the CA's profiles: name one of them, or remove MDProfile. With "
     "MDProfileMandatory on nothing is ordered without it."},
    {799, Severity::warn, "", "MDMustStaple is on, and nothing staples",
     "A certificate with this flag (RFC 7633) is refused by browsers unless the server sends an "
     "OCSP "
     "response with it.",
     "Write MDStapling on, or remove MDMustStaple: Let's Encrypt has no OCSP since 2025."},
    {850, Severity::info, "", "A managed certificate names no OCSP responder",
     "MDStapling or SSLUseStapling is on, but the CA has no OCSP, as Let's Encrypt since 2025: "
     "nothing can be stapled, and clients look into revocation lists.",
     "Nothing needs to be done; the directive can go."},
    {851, Severity::warn, "",
     "The CA's OCSP responder gives nothing usable for a managed certificate",
     "It does not answer, reports an error, or its response does not verify. The last good "
     "response "
     "is stapled as long as it holds.",
     "The message has the address and the reason. The server asks again by itself."},
    {852, Severity::error, "", "A managed certificate was revoked",
     "The CA's OCSP responder says that the certificate in use is revoked or unknown to it: "
     "somebody "
     "revoked it, or the CA did.",
     "A revoked one is renewed at once, as long as MDRenewMode is not manual. If its key leaked, "
     "find "
     "out how."},
    {853, Severity::info, "", "An OCSP response for a managed certificate was obtained",
     "It is stapled by all workers from now on.", "Nothing needs to be done."},
};

} // namespace

std::span<const Entry> managed_entries()
{
    return entries;
}

} // namespace signet::diagnosis
