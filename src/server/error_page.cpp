#include "server/error_page.h"

#include "base/text.h"
#include "http/status.h"
#include "server/banner.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/request.h"
#include "server/response.h"

namespace signet::server {
namespace {

std::string paragraph(std::string_view text)
{
    return "<p>" + std::string(text) + "</p>\n";
}

// What comes between the heading and the end of the page.
std::string explanation(const Request& request, const Response& response, int status)
{
    const auto location = std::string(response.find("Location").value_or(""));
    const std::string notes(request.error_notes);
    const auto variants = request.notes.find("variant-list").value_or("");
    switch (status) {
    case 300: return std::string(variants);
    case 301:
    case 302:
    case 307:
    case 308:
        return "<p>The document has moved <a href=\"" + escape_html(location)
               + "\">here</a>.</p>\n";
    case 303:
        return "<p>The answer to your request is located <a href=\"" + escape_html(location)
               + "\">here</a>.</p>\n";
    case 305:
        return "<p>This resource is only accessible through the proxy\n" + escape_html(location)
               + "<br />\nYou will need to configure your client to use that proxy.</p>\n";
    case 400:
        return "<p>Your browser sent a request that this server could not understand.<br />\n"
               + notes + "</p>\n";
    case 401:
        return "<p>This server could not verify that you\nare authorized to access the "
               "document\nrequested.  "
               "Either you supplied the wrong\ncredentials (e.g., bad password), or your\nbrowser "
               "doesn't understand "
               "how to supply\nthe credentials required.</p>\n";
    case 403: return "<p>You don't have permission to access this resource." + notes + "</p>\n";
    case 404: return paragraph("The requested URL was not found on this server.");
    case 405:
        return "<p>The requested method " + escape_html(request.method_name)
               + " is not allowed for this URL.</p>\n";
    case 406:
        return "<p>An appropriate representation of the requested resource could not be found on "
               "this server.</p>\n"
               + std::string(variants);
    case 407:
        return "<p>This server could not verify that you\nare authorized to access the "
               "document\nrequested.  "
               "Either you supplied the wrong\ncredentials (e.g., bad password), or your\nbrowser "
               "doesn't understand "
               "how to supply\nthe credentials required.</p>\n";
    case 408: return paragraph("Server timeout waiting for the HTTP request from the client.");
    case 410:
        return "<p>The requested resource is no longer available on this server and there is no "
               "forwarding "
               "address.\nPlease remove all references to this resource.</p>\n";
    case 411:
        return "<p>A request of the requested method " + escape_html(request.method_name)
               + " requires a valid Content-length.<br />\n" + notes + "</p>\n";
    case 412: return paragraph("The precondition on the request for this URL evaluated to false.");
    case 413:
        return "The requested resource does not allow request data with "
               + escape_html(request.method_name)
               + " requests, or the amount of data provided in\nthe request exceeds the capacity "
                 "limit.\n";
    case 414:
        return "<p>The requested URL's length exceeds the capacity\nlimit for this server.<br />\n"
               + notes + "</p>\n";
    case 415:
        return paragraph("The supplied request data is not in a format\nacceptable for processing "
                         "by this resource.");
    case 416:
        return "<p>None of the range-specifier values in the Range\nrequest-header field overlap "
               "the current extent\nof "
               "the selected resource.</p>\n";
    case 417: {
        const auto expect = request.headers.find("Expect");
        std::string text =
            "<p>The expectation given in the Expect request-header\nfield could not be met by this "
            "server.\n";
        if (expect)
            text += "The client sent<pre>\n    Expect: " + escape_html(*expect) + "\n</pre>\n";
        return text + "</p><p>Only the 100-continue expectation is supported.</p>\n";
    }
    case 421:
        return paragraph("The client needs a new connection for this\nrequest as the requested "
                         "host name does not "
                         "match\nthe Server Name Indication (SNI) in use for this\nconnection.");
    case 422:
        return paragraph("The server understands the media type of the\nrequest entity, but was "
                         "unable to process "
                         "the\ncontained instructions.");
    case 423:
        return paragraph(
            "The requested resource is currently locked.\nThe lock must be released or proper "
            "identification\ngiven before the method can be applied.");
    case 424:
        return paragraph("The method could not be performed on the resource\nbecause the requested "
                         "action depended "
                         "on another\naction and that other action failed.");
    case 425:
        return paragraph("The request came before the TLS handshake was over\nand must not be run "
                         "that early. It may be sent again.");
    case 426:
        return "<p>The requested resource can only be retrieved\nusing SSL.  The server is willing "
               "to upgrade the "
               "current\nconnection to SSL, but your client doesn't support it.\nEither upgrade "
               "your client, or try "
               "requesting the page\nusing https://\n";
    case 428: return paragraph("The request is required to be conditional.");
    case 429: return paragraph("The user has sent too many requests\nin a given amount of time.");
    case 431:
        return "<p>The server refused this request because\nthe request header fields are too "
               "large.</p>\n";
    case 451:
        return paragraph("Access to this URL has been denied for legal reasons.<br />\n" + notes);
    case 501:
        return "<p>" + escape_html(request.method_name) + " not supported for current URL.<br />\n"
               + notes + "</p>\n";
    case 502:
        return "<p>The proxy server received an invalid\r\nresponse from an upstream server.<br "
               "/>\r\n"
               + notes + "</p>\n";
    case 503:
        return "<p>The server is temporarily unable to service your\nrequest due to maintenance "
               "downtime or "
               "capacity\nproblems. Please try again later.</p>\n";
    case 504:
        return "<p>The gateway did not receive a timely response\nfrom the upstream server or "
               "application.</p>\n";
    case 505:
        return paragraph("The server does not support the \"HTTP version\" used in the request.");
    case 506:
        return "<p>A variant for the requested resource\n<pre>\n\n</pre>\nis itself a negotiable "
               "resource. This indicates a configuration error.</p>\n";
    case 507:
        return "<p>The method could not be performed on the resource\nbecause the server is unable "
               "to store "
               "the\nrepresentation needed to successfully complete the\nrequest.  There is "
               "insufficient free space "
               "left in\nyour storage allocation.</p>\n";
    case 508:
        return "<p>The server terminated an operation because\nit encountered an infinite "
               "loop.</p>\n";
    case 510:
        return "<p>A mandatory extension policy in the request is not\naccepted by the server for "
               "this resource.</p>\n";
    case 511: return "<p>The client needs to authenticate to gain\nnetwork access.</p>\n";
    default: {
        if (!request.error_reason.empty() && !notes.empty()) return notes + "<p />\n"; // of a proxy
        const auto admin = request.scope->core().server_admin.value_or("[no address given]");
        return "<p>The server encountered an internal error or\nmisconfiguration and was unable to "
               "complete\nyour "
               "request.</p>\n<p>Please contact the server administrator at \n "
               + escape_html(admin)
               + " to inform them of the time this error occurred,\n and the actions you performed "
                 "just before this "
                 "error.</p>\n<p>More information about this error may be available\nin the server "
                 "error log.</p>\n"
               + (notes.empty() ? "" : "<p>" + notes + "</p>\n");
    }
    }
}

} // namespace

std::string server_signature(const Request& request)
{
    const auto& core = request.scope->core();
    const auto mode = core.server_signature.value_or(CoreConfig::Signature::off);
    if (mode == CoreConfig::Signature::off) return {};
    const std::string name = escape_html(request.server_name());
    std::string text = "<address>" + server_banner(*request.configuration) + " Server at ";
    if (mode == CoreConfig::Signature::email) {
        text += "<a href=\"mailto:" + escape_html(core.server_admin.value_or("[no address given]"))
                + "\">" + name + "</a>";
    } else {
        text += name;
    }
    return text + " Port " + std::to_string(request.server_port()) + "</address>\n";
}

void make_error_page(Request& request, Response& response, int second_status)
{
    const int status = response.status;
    response.is_error_page = true;
    response.body.clear();
    response.content_encodings.clear();
    response.content_languages.clear();
    response.charset = {};
    response.headers.remove("Content-Length");
    if (status == 204 || status == 304) return;
    response.content_type = "text/html; charset=iso-8859-1";
    if (!request.error_reason.empty()) response.reason = request.error_reason;
    if (request.head_only) return;
    std::string title(http::status_line(status));
    if (!request.error_reason.empty())
        title = std::to_string(status) + " " + std::string(request.error_reason);
    std::string page = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" "
                       "\"http://www.w3.org/TR/html4/strict.dtd\">\n<html><head>\n<title>"
                       + title + "</title>\n</head><body>\n<h1>" + title.substr(4) + "</h1>\n"
                       + explanation(request, response, status);
    if (second_status != 0) {
        page += "<p>Additionally, a " + std::string(http::status_line(second_status))
                + "\nerror was encountered while trying to use an ErrorDocument to handle the "
                  "request.</p>\n";
    }
    if (const auto signature = server_signature(request); !signature.empty())
        page += "<hr>\n" + signature;
    page += "</body></html>\n";
    response.body.add(request.arena.copy(page));
}

} // namespace signet::server
