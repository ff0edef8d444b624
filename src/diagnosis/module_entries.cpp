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
    {624, Severity::warn, "", "A parameter of a proxy's backend has no effect here",
     "It is about Apache's threads, buffers or shared memory (min=, iobuffersize=, growth= …), or "
     "about health checks, which signet does not make yet.",
     "Remove the parameter, or leave it: it changes nothing."},
    {625, Severity::error, "AH00957", "A backend cannot be reached",
     "ProxyPass, BalancerMember or SetHandler names a server that takes no connection: it is not "
     "running, listens on another port or socket, or a firewall drops the packets. The client gets "
     "503, and so do others without another attempt, for retry= seconds (60).",
     "Ask it from this machine: curl -v http://HOST:PORT/ , and look at the rights of a Unix "
     "socket "
     "(the workers' user must be able to write to it). A short connectiontimeout= makes the answer "
     "come soon, retry=0 makes every request try."},
    {626, Severity::error, "AH01102", "A backend gave no proper answer",
     "It closed the connection, said nothing within ProxyTimeout, or sent what is not HTTP/1.1 (or "
     "FastCGI: AH01075, AH01070). The client gets 502, or 504 when time was up.",
     "Look into the backend's log; for a slow one raise ProxyTimeout."},
    {628, Severity::error, "AH00898", "A backend's name is unknown",
     "The resolver of this machine has no address for the host that ProxyPass names. The client "
     "gets 502.",
     "Ask it: getent hosts NAME . Correct the name, or the resolver."},
    {855, Severity::warn, "AH01144", "A URL has a scheme that the proxy does not speak",
     "http, https, ws, fcgi and balancer are spoken; wss, ajp, uwsgi, h2 and others are not yet.",
     "Let the backend speak HTTP or FastCGI."},
    {856, Severity::error, "AH00940", "A backend is left alone for a while",
     "It could not be reached a moment ago. Until retry= seconds (60) have passed, requests for it "
     "are answered with 503 at once.",
     "Find out why it failed (SG0625, before this line). retry=0 asks it every time."},
    {857, Severity::error, "AH01170", "No member of a balancer can be asked",
     "All of its BalancerMembers are in error or switched off (status=D), or, with nofailover=On, "
     "the one that the session began with is; or the balancer has no members at all.",
     "The lines before tell why each one failed. A session's route is the route= of a member."},
    {859, Severity::warn, "", "signet is no forward proxy",
     "ProxyRequests On makes Apache fetch any URL for its clients. signet is a reverse proxy only.",
     "Run squid or tinyproxy beside it for clients that want a forward proxy."},
    {860, Severity::warn, "", "Only one side of a ProxyPass ends with a slash",
     "What follows the path is put behind the URL as it is: /app to http://backend/ makes "
     "http://backend//x of /app/x, and /app/ to http://backend makes http://backendx.",
     "End both with a slash, or neither."},
    {861, Severity::error, "AH01071", "A FastCGI program complains",
     "PHP-FPM and others send their program's errors with the answer. They are quoted.",
     "Look into the program; in PHP, display_errors and log_errors say what goes where."},
    {862, Severity::error, "AH10415", "A URL for a backend holds spaces or control characters",
     "A rewrite rule with [P,NE], or ProxyPass with nocanon, made them of what the client sent. They "
     "would let the client write a request of its own. It gets 403.",
     "Leave NE out, or escape what the rule copies with [B]."},
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
    {655, Severity::error, "", "SSLRequire has an expression that cannot be understood",
     "Its language is that of SSLRequire: %{VARIABLE}, strings in quotes, eq, ne, lt, in {…}, =~ "
     "m/…/, and, or, not, file(…), PeerExtList(…).",
     "The message says at which character it went wrong. New configurations use Require expr."},
    {656, Severity::warn, "AH10158", "The client cannot be asked for a certificate now",
     "A directory demands a certificate that the handshake did not ask for. Over TLS 1.3 that "
     "needs "
     "post-handshake authentication, which browsers do not offer; over HTTP/2 it is forbidden "
     "(RFC 8740), and the stream is reset with HTTP_1_1_REQUIRED: browsers try again over "
     "HTTP/1.1.",
     "Demand the certificate of the whole virtual host (SSLVerifyClient beside SSLEngine), give "
     "the "
     "protected part a host name of its own, or serve it with SSLProtocol TLSv1.2 and Protocols "
     "http/1.1."},
    {657, Severity::error, "AH02257",
     "The request's body is too large to be kept during a handshake",
     "A directory asks for a client certificate in the middle of a request. Its body has to be "
     "read "
     "first, and is longer than SSLRenegBufferSize (131072 bytes).",
     "Let clients send a GET for something in that directory first, raise SSLRenegBufferSize "
     "there, or "
     "demand the certificate of the whole virtual host."},
    {658, Severity::error, "AH02262", "The client has not shown what a directory demands",
     "Asked for a certificate (or another suite) by renegotiation or post-handshake "
     "authentication, it showed one that is not good, or could not be asked. The lines before this "
     "one say which.",
     "Look for AH02276 or AH02039 and its reason. The client needs a certificate of one of the "
     "authorities in SSLCACertificateFile, not expired and not revoked."},
    {659, Severity::error, "AH02229", "SSLRequire is not fulfilled",
     "The expression was false for this client; with LogLevel ssl:info the line before shows it.",
     "Log what the variables are: CustomLog … \"%{SSL_CLIENT_VERIFY}x %{SSL_CLIENT_S_DN}x "
     "%{SSL_CIPHER_USEKEYSIZE}x\"."},
    {663, Severity::error, "AH02035", "A client pretends to have a certificate",
     "It sent the user name of a certificate (\"/C=…\") and the password that FakeBasicAuth gives "
     "to "
     "certificates. That is refused.",
     "Nothing, unless it is your own program: it has to send a certificate."},
    {664, Severity::warn, "AH02227", "SSLUserName has no value",
     "The variable that SSLUserName names is empty: the client showed no certificate, or its "
     "subject "
     "has no such part.",
     "Log the variable with %{NAME}x, and choose another one, such as SSL_CLIENT_S_DN."},
    {665, Severity::warn, "", "A number was expected",
     "SSLVerifyDepth and SSLRenegBufferSize take a number. Apache reads anything else as 0, and so "
     "do "
     "we: with depth 0 only self-signed certificates pass, with size 0 no body is kept.",
     "Write a number."},
    {666, Severity::error, "AH01885", "Could not enable FIPS mode",
     "SSLFIPS On needs OpenSSL's FIPS provider, and every algorithm taken from there. signet uses "
     "the "
     "default provider; ignoring the line would use algorithms that FIPS 140 does not allow.",
     "SSLFIPS Off, or a server that was validated for this."},
    {667, Severity::error, "AH01888", "There is no crypto device of this name",
     "SSLCryptoDevice names an engine. Engines are deprecated in OpenSSL 3, and today's processors "
     "compute AES and elliptic curves faster than a device is asked.",
     "SSLCryptoDevice builtin, or remove the line."},
    {668, Severity::warn, "", "TLS-SRP is not offered",
     "SSLSRPVerifierFile lets users log in with a password inside the handshake. It exists up to "
     "TLS "
     "1.2 only, no browser has it, and OpenSSL 3 has deprecated it.",
     "Use client certificates (SSLVerifyClient), or passwords over TLS (AuthType Basic)."},
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
    // mod_cgi
    {673, Severity::error, "", "ScriptLogLength or ScriptLogBuffer is not a number of bytes",
     "Both say how much is kept of what failing scripts were asked and said.",
     "Write a number without unit: ScriptLogLength 10385760"},
    {674, Severity::error, "", "malformed header from script 'NAME': Bad header: TEXT",
     "A script has to begin its output with header fields and an empty line. It wrote the quoted "
     "text instead: an error message, debug output, or content without a header. The lines before, "
     "\"AH01215: stderr from\", often say why.",
     "Run the script by hand as the user of the server. Its first lines must be like "
     "\"Content-Type: text/html\" and an empty one. ScriptLog shows all it said."},
    {675, Severity::error, "",
     "End of script output before headers, or Premature end of script headers",
     "The script ended before the empty line behind its header: it crashed, was killed by a limit "
     "(RLimitCPU, RLimitMEM), or could not be started at all: no execute permission, a first line "
     "(#!) that names a program which is not there, or line ends of Windows in that line. What it "
     "wrote to its standard error is in the lines before (AH01215).",
     "Run it by hand as the user of the server: sudo -u www-data /path/to/script. chmod 755; the "
     "program behind #! must exist and end in a plain line feed."},
    {676, Severity::warn, "AH01220", "Timeout waiting for output from CGI script",
     "The script said nothing for as long as CGIScriptTimeout (else Timeout) allows. It was ended "
     "with SIGTERM, three seconds later with SIGKILL.",
     "Let it write something now and then, or raise CGIScriptTimeout where it is."},
    {677, Severity::error, "", "Invalid status line from script 'NAME'",
     "The field Status of a script has to begin with a number from 100 to 999.",
     "Write it as: Status: 404 Not Found"},
    {678, Severity::error, "AH01215", "stderr from SCRIPT: cannot run SCRIPT",
     "The system refused to execute the file: it has no execute permission, its first line (#!) "
     "names a program that does not exist, it is neither a program nor a script, or a limit "
     "(RLimitNPROC) was reached.",
     "chmod 755 the script and check its first line; the message names the reason."},
    {679, Severity::error, "AH02809", "Options ExecCGI is off in this directory",
     "The file has the handler cgi-script, but its directory may not run programs.",
     "Options +ExecCGI in its <Directory>, or keep programs in a directory of ScriptAlias."},
    // 700–709 core's directives
    {680, Severity::error, "", "An SSL directive has a value it does not know",
     "The word is misspelt, or belongs to a version of mod_ssl that never existed.",
     "The message names the values that are allowed."},
    {681, Severity::error, "", "Client certificates are not supported yet",
     "SSLVerifyClient asks for a certificate, and this version of signet cannot check one; serving "
     "the site without the check would let everybody in.",
     "SSLVerifyClient none and another protection, or Apache for this site until then."},
    {682, Severity::warn, "", "An SSL directive is accepted but something else is done",
     "The setting is unsafe, obsolete, or not built yet.",
     "The message says what happens instead; write that to silence the warning."},
    {683, Severity::error, "", "SSLEngine optional is gone",
     "Upgrading a plain connection to TLS inside HTTP (RFC 2817) was never used by browsers, and "
     "Apache removed it in 2.4.64.",
     "SSLEngine on, with a second <VirtualHost *:80> that redirects to https."},
    {684, Severity::warn, "", "SSLOptions CompatEnvVars: the old names of variables are set",
     "The names of Apache-SSL, Sioux and Stronghold (HTTPS_CIPHER, SSL_SERVER_CN …) were set by "
     "Apache 2.0 and are an error since 2.4. signet still sets them, for programs that ask for "
     "them.",
     "Use SSLOptions +StdEnvVars and the names of today (SSL_CIPHER, SSL_SERVER_S_DN_CN)."},
    {700, Severity::warn, "AH00114", "Useless use of AllowOverride",
     ".htaccess files belong to directories. In <Location> and <Files> AllowOverride is never "
     "asked for.",
     "Move the line into a <Directory> section."},
    {701, Severity::warn, "AH00116", "A name in AllowOverrideList was discarded",
     "The name is no directive, or one that .htaccess files may not contain anyway.",
     "Correct the spelling, or remove the name; signet -L shows where each directive may stand."},
    {702, Severity::warn, "AH00117", "DefaultType is ignored",
     "Since Apache 2.4 a file of unknown type is sent without Content-Type instead of with a "
     "guess.",
     "Use AddType for extensions, or ForceType in a section; DefaultType none may stay."},
    {703, Severity::warn, "AH00113", "A full URL for ErrorDocument 401 is ignored",
     "The client would be redirected and never see the request for a password.",
     "Give a path on this server, or a text."},
    {704, Severity::warn, "AH00112", "DocumentRoot of a virtual host does not exist",
     "Every request to that host will get 404 until the directory is there.",
     "Create the directory, or correct the path; relative paths begin at ServerRoot."},
    {705, Severity::error, "", "DocumentRoot is not a directory",
     "The main server's DocumentRoot is missing, is a file, or may not be looked into by the user "
     "who "
     "starts the server.",
     "Create the directory, or correct the path; relative paths begin at ServerRoot."},
    {706, Severity::warn, "", "Timeout is not a plain number",
     "Timeout takes seconds without a unit. Apache reads the digits in front and drops the rest, "
     "so "
     "100ms would be 100 seconds.",
     "Write the number of seconds, for instance Timeout 60."},
    {707, Severity::warn, "", "A directive has no effect here",
     "It tunes another platform, or a part that signet does differently.",
     "Delete the line, or keep it for servers that need it inside <IfDefine>."},
    {708, Severity::warn, "AH00548", "NameVirtualHost has no effect",
     "Since Apache 2.4 virtual hosts on the same address are always told apart by name.",
     "Delete the line."},
    {709, Severity::error, "AH00091", "The error log cannot be opened",
     "The directory does not exist, may not be written to, or the program of a piped log is "
     "missing.",
     "Create the directory as the user who starts the server (root), or correct ErrorLog."},
    // 720–729 spellings of Apache 1.3 to 2.2
    // 710–719 mod_expires, mod_autoindex, mod_authn_core
    {710, Severity::error, "", "An expiry code of mod_expires is wrong",
     "A code is a base (access, now or modification), perhaps the word plus, and pairs of a number "
     "and a unit (years, months, weeks, days, hours, minutes, seconds).",
     "Write the code in quotes: ExpiresDefault \"access plus 1 month 2 days\"."},
    {711, Severity::error, "", "ExpiresByType names no media type",
     "A media type has a slash; the name of a file or an extension does not do.",
     "ExpiresByType image/png \"access plus 1 month\", or image/* for all images."},
    {712, Severity::warn, "", "An expiry code in words begins with a capital A or M",
     "Apache takes A and M at the beginning for the short form (A3600), and reads the words behind "
     "it as 0 seconds: answers expire at once.",
     "Write access or modification in small letters."},
    {713, Severity::error, "", "An option of IndexOptions is wrong",
     "The word is not an option of mod_autoindex, its sign does not go with it, or its value is "
     "too "
     "small.",
     "Compare it with IndexOptions in mod_autoindex's manual page."},
    {714, Severity::error, "", "IndexOrderDefault is wrong",
     "It takes a direction (Ascending, Descending) and a column (Name, Date, Size, Description).",
     "IndexOrderDefault Descending Date"},
    {715, Severity::error, "", "AddIcon has an opening parenthesis without a closing one",
     "(TEXT,URL) gives the icon and the text that stands for it.",
     "AddIcon (TXT,/icons/text.png) .txt"},
    {716, Severity::error, "", "An <AuthnProviderAlias> is wrong",
     "It takes an existing provider and a name that is not in use.",
     "<AuthnProviderAlias file staff>, and AuthBasicProvider staff behind it."},
    {717, Severity::error, "AH02834", "AuthType or AuthName is not a valid expression",
     "A %{ in it begins an expression, and this one cannot be read or evaluated.",
     "Correct the expression, or write the name without %{."},
    {718, Severity::error, "", "AuthType Digest or Form is not supported",
     "signet asks for passwords by AuthType Basic only. Without its own kind of login nobody could "
     "come in.",
     "AuthType Basic over TLS protects passwords better than Digest does; for forms, let the "
     "application ask."},
    {719, Severity::error, "AH01796", "AuthType configured without corresponding module",
     "Nothing answers for the AuthType: its name is none that is known, or AuthBasicAuthoritative "
     "Off has passed the decision on to nobody.",
     "AuthType Basic (or None), and AuthBasicAuthoritative On."},
    {720, Severity::warn, "", "An old name of a directive was used",
     "The directive was renamed or merged into another one; signet reads it as that one.",
     "Write the new name, which the message gives."},
    {721, Severity::warn, "", "A directive of old versions is not needed any more",
     "What it decided is always so today.", "Delete the line."},
    {722, Severity::warn, "", "The order of modules cannot be configured",
     "Apache 1.3 let AddModule and ClearModuleList order its modules. Here the order is fixed in "
     "the "
     "program.",
     "Delete these lines."},
    {723, Severity::warn, "", "Port and BindAddress are read as Listen or ignored",
     "Apache 2.0 replaced both by Listen, which gives address and port together.",
     "Write Listen 80, or Listen 192.0.2.1:80."},
    // 724–729 authentication
    {724, Severity::error, "AH00027", "Require asks for a user, and nobody asks the client for one",
     "AuthType is missing or None where Require user, group or valid-user applies.",
     "Add AuthType Basic, AuthName and AuthUserFile beside the Require."},
    {725, Severity::error, "", "AuthBasicProvider names an unknown provider",
     "Passwords can be had from file, anon and socache, and from aliases defined above. Databases "
     "and directories (dbm, dbd, ldap) are not supported yet.",
     "AuthBasicProvider file, with AuthUserFile."},
    {726, Severity::error, "AH02455", "AuthBasicFake cannot be evaluated",
     "Name and password may be expressions, and one of these is wrong.",
     "Correct the expression, or write AuthBasicFake off."},
    {727, Severity::error, "AH02493", "AuthBasicUseDigestAlgorithm cannot be used",
     "It is MD5 or Off, and MD5 needs a provider that keeps user:realm:hash lines (file, socache).",
     "AuthBasicUseDigestAlgorithm Off, and passwords made by htpasswd -B."},
    {728, Severity::error, "AH01615", "need AuthName",
     "A client cannot be asked for a password without telling it what for.",
     "AuthName \"Members only\" beside AuthType."},
    {729, Severity::error, "AH01614", "client used wrong authentication scheme",
     "It sent an Authorization field that is not of the kind that was asked for, such as Bearer.",
     "Nothing, if clients log in; else find out what the program behind the client sends."},
    // 730–739 mod_log_config
    {730, Severity::warn, "", "CustomLog names a format that does not exist",
     "The word is no LogFormat's nickname, so it is taken as the format itself and written as "
     "every "
     "line.",
     "Define it with LogFormat, or correct its spelling; only CLF is there from the start."},
    {731, Severity::error, "AH00649", "An access log cannot be opened",
     "The directory does not exist, may not be written to, or the program of a piped log is "
     "missing.",
     "Create the directory as the user who starts the server (root), or correct the path."},
    {732, Severity::warn, "", "CustomLog does not write to syslog",
     "In Apache 2.4 only ErrorLog knows syslog; here the word is the name of a file.",
     "Pipe the lines: CustomLog \"|/usr/bin/logger -t signet\" common"},
    // 733 mod_reqtimeout
    {733, Severity::error, "", "RequestReadTimeout is written wrongly",
     "It takes stages (handshake, header, body), each with = and seconds; a range of seconds needs "
     "MinRate behind it.",
     "RequestReadTimeout header=20-40,MinRate=500 body=20,MinRate=500"},
    // 740–749 mod_unixd
    {740, Severity::error, "AH00543", "User names nobody on this machine",
     "The name is not in the user database (getent passwd).",
     "Create the user, correct the name, or give a number as #33."},
    {741, Severity::error, "AH00544", "Group names no group on this machine",
     "The name is not in the group database (getent group).",
     "Create the group, correct the name, or give a number as #33."},
    {742, Severity::error, "", "Workers may not run as root",
     "A worker that is root could be made to read any file, and a fault in it would give the "
     "machine "
     "away.",
     "Give a user without privileges, such as www-data. Ports, logs and keys are opened by root "
     "before."},
    {743, Severity::error, "", "Suexec is not supported",
     "There is no suexec helper program, so CGI programs cannot run as other users.",
     "Suexec Off."},
    // 745–749, 751, 754–769 mod_rewrite
    {745, Severity::warn, "AH00669", "A rewrite rule wants a proxy",
     "The rule has [P], and no LoadModule names mod_proxy: requests that it matches are answered "
     "with 403.",
     "LoadModule proxy_module modules/mod_proxy.so, and proxy_http or proxy_fcgi with it."},
    {746, Severity::error, "AH02596", "A rewrite rule with [N] went round too often",
     "Each time the rules were started again, the rule matched again.",
     "Give the rule a condition that its own result does not fulfil, or a limit: [N=10]."},
    {747, Severity::error, "AH10410", "What rewrite rules made of a URL is refused",
     "A client's escaped %3F, space or control character would have become a part of the query "
     "(AH10410, AH10411, AH10508). Such URLs are how rules are deceived.",
     "Escape what is copied into the query with [B]; [UnsafeAllow3F] only where the client may "
     "write the query."},
    {748, Severity::error, "AH00661", "The file of a RewriteMap cannot be read",
     "It was moved, or the workers' User may not read it. Keys have no values until then.",
     "Look at the file and its folders as that user: sudo -u www-data cat FILE."},
    {749, Severity::error, "AH00654", "The program of a RewriteMap does not start",
     "It is not executable for the workers' User, or its interpreter is missing.",
     "Start it by hand as that user: sudo -u www-data PROGRAM."},
    // 750, 752, 753 mod_so
    {750, Severity::warn, "", "LoadModule names a module that is not built yet",
     "It is one of Apache's, and signet has nothing in its place so far. Its harmless directives "
     "are "
     "accepted without effect; those that protect something are errors.",
     "Remove the LoadModule line if the module is not needed."},
    {751, Severity::error, "", "A rewrite rule or condition cannot be read",
     "The line has too few words, an unknown flag, or a pattern that is no regular expression.",
     "RewriteRule PATTERN SUBSTITUTION [FLAGS]; put words with spaces in quotes."},
    {752, Severity::error, "", "LoadModule names a module that signet cannot have",
     "Modules are compiled into signet; shared objects for Apache cannot be loaded. Without this "
     "one "
     "the site would do something else than intended.",
     "Use what the message proposes in its place, then delete the line."},
    {753, Severity::error, "", "LoadModule names an unknown module",
     "The name is none of Apache's modules, and signet cannot load shared objects.",
     "Correct the name (signet -l lists what is compiled in) or delete the line."},
    {934, Severity::error, "AH00670", "Rewrite rules need Options FollowSymLinks",
     "Rules of a directory or .htaccess can lead around its Options, so both FollowSymLinks and "
     "SymLinksIfOwnerMatch off forbid them.",
     "Options +FollowSymLinks for the directory, or RewriteEngine Off in it."},
    {755, Severity::error, "", "A RewriteMap cannot be used",
     "Its file is missing, its type unknown, or one that signet does not read (dbm, dbd).",
     "Use txt:FILE, rnd:FILE, prg:PROGRAM or int:FUNCTION; the text file that a DBM file was made "
     "from does the same."},
    {756, Severity::warn, "AH00665", "[NC] on a condition that compares no text",
     "Tests of files and numbers know no case.", "Leave the flag out."},
    {757, Severity::error, "", "RewriteOptions names no option of Apache's",
     "It is misspelled, or of another version.", "Correct or remove the word."},
    {758, Severity::error, "", "RewriteBase is wrong or in a wrong place",
     "It says which URL-path a directory has, so it needs a path and a directory.",
     "RewriteBase /path in <Directory> or .htaccess."},
    {759, Severity::warn, "", "The program of a RewriteMap runs as the workers' User",
     "Workers start it when it is first needed, and have no right to become another user.",
     "Leave the user out, and let the workers' User read what the program needs."},
    // 926–929 mod_negotiation
    {926, Severity::error, "", "ForceLanguagePriority has an unknown or contradictory option",
     "None stands alone; Prefer and Fallback may stand together.",
     "Write ForceLanguagePriority None, or ForceLanguagePriority Prefer Fallback."},
    {927, Severity::error, "AH00681", "Syntax error in type map",
     "A line of a type map is no \"Field: value\", has no value, or its body has no end. What "
     "stands before a wrong length or body is served; another mistake gives 500.",
     "Correct the map: blocks of URI, Content-Type and other fields with an empty line between. A "
     "body ends with the word behind Body:, within 8 KiB."},
    {928, Severity::error, "AH00690", "no acceptable variant",
     "There are variants of the resource, but the client's Accept, Accept-Language, "
     "Accept-Charset or Accept-Encoding refuses each of them; it got 406 and a list.",
     "Set LanguagePriority and ForceLanguagePriority Prefer Fallback, so that a language it did "
     "not ask for is better than nothing."},
    {929, Severity::error, "AH00687",
     "Negotiation: discovered file(s) matching request (None could be negotiated)",
     "With Options MultiViews a name without its extension was asked for. Files begin with that "
     "name, but none has a known type, or the client may see none of them; it got 404.",
     "Give their extensions a meaning (AddType, AddLanguage …), or widen MultiviewsMatch."},
    // 930–933 mod_actions, mod_userdir, mod_vhost_alias
    {930, Severity::error, "", "Script names a method that it cannot",
     "TRACE is the server's own: no script may answer it.", "Script PUT /cgi-bin/put.cgi"},
    {931, Severity::error, "", "Action has an unknown third word",
     "The only one there is says that the file need not exist.",
     "Action TYPE /script virtual, or without the third word."},
    {932, Severity::error, "", "UserDir says nothing", "It needs a folder, or names of users.",
     "UserDir public_html; UserDir enabled alice."},
    {933, Severity::error, "", "A VirtualDocumentRoot cannot be read",
     "It must be an absolute path; % is followed by a digit (with - and + and a second number "
     "after "
     "a dot), p or %.",
     "VirtualDocumentRoot /www/%0, or none."},
    {754, Severity::warn, "", "LoadFile loads nothing",
     "Libraries are loaded into Apache for the modules that use them; signet has no such modules.",
     "Delete the line."},
    // 760–769 processes and addresses
    {760, Severity::error, "", "Listen is written wrongly, or twice for one address",
     "It takes a port, or an address and a port, IPv6 addresses in brackets; each pair once.",
     "Write Listen 80, Listen 192.0.2.1:80 or Listen [2001:db8::1]:80."},
    {761, Severity::info, "", "How Apache's numbers of processes and threads are read",
     "signet runs one process per core, and each serves many connections at once, so most of these "
     "numbers have nothing to bound.",
     "Nothing has to be done; the lines may stay for Apache."},
    {762, Severity::error, "AH00077", "Listen names an address that cannot be found",
     "The host name has no address, or the resolver did not answer.",
     "Write the address itself, or only the port."},
    {763, Severity::warn, "", "A number of processes or threads was 0",
     "At least one is needed; 1 is used.", "Give a number above 0, or delete the line."},
    // 770–799 authentication
    {770, Severity::error, "AH01617", "user: authentication failure: Password Mismatch",
     "The name is known and the password is another. Many such lines from one address are somebody "
     "who guesses.",
     "Set a new one with htpasswd FILE USER; let fail2ban (filter apache-auth) watch the log."},
    {771, Severity::error, "AH01618", "user not found",
     "No provider of AuthBasicProvider knows the name.",
     "Look into AuthUserFile for the name; names are case-sensitive."},
    {772, Severity::error, "AH01620", "Could not open password file",
     "AuthUserFile is missing, or the user that the server runs as may not read it; every login "
     "fails with 500.",
     "Correct the path, or: chgrp www-data FILE; chmod 640 FILE."},
    {773, Severity::error, "", "Anonymous names an empty user",
     "An empty name is let in by a directive of its own.", "Anonymous_NoUserID On"},
    {774, Severity::error, "AH02594", "The names of a Require user or group cannot be evaluated",
     "A %{ in them begins an expression, and this one cannot be read or evaluated.",
     "Correct the expression, or write the names themselves."},
    {775, Severity::error, "AH01665", "Could not open group file",
     "AuthGroupFile is missing, not given, or the user that the server runs as may not read it; "
     "nobody is in any group then.",
     "AuthGroupFile with the right path, readable for the server's user."},
    {776, Severity::error, "", "AuthnCacheSOCache names an unknown cache",
     "Credentials are cached in memory only.", "AuthnCacheSOCache shmcb, or delete the line."},
    {777, Severity::warn, "", "AuthnCacheTimeout is not a number",
     "It is a number of seconds, without a unit.", "AuthnCacheTimeout 300"},
    // 900–909 mod_include and other filters of content
    {900, Severity::error, "AH01228", "A page wants to run a program and may not",
     "The document has <!--#exec -->, and Options has IncludesNOEXEC for its directory, which "
     "allows everything else.",
     "Options +Includes for the directory, when whoever writes there may run programs; else remove "
     "the element."},
    {901, Severity::warn, "AH01374", "Server-side includes are not processed",
     "The filter INCLUDES is configured for the document, and Options does not allow it in this "
     "directory: the elements are sent as they are.",
     "Options +IncludesNOEXEC for the directory, or +Includes if pages may run programs."},
    {902, Severity::error, "AH01328", "A line is too long for Substitute",
     "Content is changed line by line; this line, or what a rule makes of it, is longer than "
     "SubstituteMaxLineLength, or a rule matches the empty text, for ever.",
     "SubstituteMaxLineLength 10m, and a pattern that matches at least one character."},
};

} // namespace

std::span<const Entry> module_entries()
{
    return entries;
}

} // namespace signet::diagnosis
