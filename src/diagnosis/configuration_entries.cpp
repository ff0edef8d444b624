// SG0001–SG0199: what can be wrong with the text of a configuration. 1–99 are reported by the
// server floor, which knows what directives mean; 100–199 by the reader of the language.
#include "diagnosis/catalogue.h"

#include <array>

namespace signet::diagnosis {
namespace {

constexpr auto error = Severity::error;
constexpr auto warn = Severity::warn;

constexpr std::array entries = {
    Entry{1, error, "", "The main configuration file cannot be opened",
          "The file given with -f does not exist, or the user who starts signet may not read it.",
          "Check the path (it is relative to ServerRoot, -d, or to the folder you are in) and its "
          "permissions; start as root."},
    Entry{3, error, "AH00526", "Invalid command, perhaps misspelled",
          "Apache 2.4 has no directive of this name, nor has any module signet knows.",
          "Correct the spelling. A directive of a foreign module (mod_security, php) has to go."},
    Entry{4, error, "AH00526", "A directive has too few or too many arguments",
          "Every directive takes a fixed number of words. Words end at white space unless they are "
          "quoted; a # behind a directive is not a comment but one more word.",
          "Put values with spaces in double quotes and comments on lines of their own."},
    Entry{5, warn, "", "A directive is accepted but has no effect yet",
          "The directive is valid in Apache 2.4, but this version of signet does not act on it.",
          "Nothing, unless you depend on it; signet -L shows which directives work."},
    Entry{6, error, "", "A directive that protects something is not supported yet",
          "Ignoring this directive would let in clients that Apache keeps out.",
          "Protect the place by a means that works (Require ip, Require all denied), or keep it on "
          "Apache until signet supports the directive."},
    Entry{
        7, error, "AH00526", "A directive stands where it is not allowed",
        "Some directives belong to the whole server, some to a virtual host, some to directories; "
        ".htaccess files also need AllowOverride.",
        "Move the line to one of the places named after \"expected\"."},
    Entry{
        8, error, "AH00526", "A section's opening tag is wrong",
        "The words between the section's name and its > are missing, too many or not of the kind "
        "this section takes.",
        "Write the argument once, in quotes if it contains spaces: <Directory \"/srv/my site\">."},
    Entry{9, warn, "AH02989", "Text behind <Macro …> or </Macro> is ignored",
          "Only what stands before the > belongs to the tag.",
          "Move the text to a line of its own."},
    Entry{10, warn, "AH02802", "A macro is defined twice",
          "Another <Macro> has the same name (capital letters do not matter). From here on, Use "
          "means the new one.",
          "Choose another name, or write UndefMacro before the second definition."},
    Entry{11, warn, "AH02803", "A macro's name begins like a parameter",
          "The signs $, % and @ mark parameters; in a name they mislead the reader.",
          "Remove the sign from the macro's name."},
    Entry{
        12, warn, "AH02796", "A macro's parameters can be mistaken",
        "Parameters are replaced wherever their letters stand in a line. A name without $, % or @ "
        "may be part of a word, one that begins like another is easily confused with it, and "
        "${…} belongs to Define.",
        "Name parameters like $(host), so that none is the beginning of another."},
    Entry{13, warn, "AH02793", "Sections are not balanced in a macro",
          "The macro closes sections that it did not open, or the other way round. That works, but "
          "only where the lines around Use complete it.",
          "Put both tags into the macro, or both outside; MacroIgnoreBadNesting silences this."},
    Entry{14, warn, "AH02800", "A macro has no lines, or a parameter that no line uses",
          "What is given to Use for this parameter goes nowhere.",
          "Correct the parameter's spelling (capital letters matter), or remove it."},
    Entry{15, warn, "AH02798", "Use gives an empty word for a macro's parameter",
          "Lines that rest on the parameter may lack an argument then.",
          "Give a value; MacroIgnoreEmptyArgs silences this."},
    Entry{20, error, "AH00526", "A directive's value is not accepted",
          "The number of words is right, but one of them is not a value this directive knows.",
          "Compare with the directive's page in the manual, or with signet -L."},
    Entry{21, warn, "AH00119", "LimitInternalRecursion is very low",
          "DirectoryIndex, ErrorDocument, FallbackResource and rewriting need a few internal "
          "redirects and subrequests for an ordinary request.",
          "Leave the limits at 10 unless you know why they should be lower."},
    Entry{30, warn, "AH00558", "The server does not know its own name",
          "There is no ServerName outside of the virtual hosts, and the machine's name has no "
          "domain. "
          "The name is used in redirects and error pages.",
          "Write ServerName with the site's name near the top of the configuration."},
    Entry{31, error, "AH00547", "An address of a virtual host cannot be resolved",
          "The name in <VirtualHost name:port> has no address now; the network may not be up yet.",
          "Use an IP address or * in <VirtualHost>, and the name in ServerName."},
    Entry{32, error, "AH00526", "A port is not a number from 1 to 65535",
          "What follows the last colon of an address is its port.",
          "Write addr:port; IPv6 addresses stand in brackets: [::1]:443."},

    Entry{100, error, "", "A line is too long",
          "A line with all its continuations, or what its variables expand to, exceeds 16 MiB. A "
          "variable that contains itself twice doubles with each Define.",
          "Split the line, or put its content into a file that a directive reads."},
    Entry{
        101, error, "", "The file is not text",
        "It contains a NUL byte: a binary file, or text in UTF-16 as some Windows editors save it.",
        "Save the file as UTF-8 (iconv -f UTF-16 -t UTF-8), or remove it from what is included."},
    Entry{102, Severity::notice, "", "A byte order mark is skipped",
          "An editor put the three bytes EF BB BF in front of the text. Apache would refuse the "
          "first "
          "line because of them.",
          "Save the file as UTF-8 without byte order mark."},
    Entry{103, error, "AH00526", "A section is closed that is not open",
          "The closing tag has no opening tag before it in the same file and the same <If…> block.",
          "Remove the tag, or add the opening one. A section has to begin and end in one file."},
    Entry{104, error, "AH00526", "Another section should be closed first",
          "Sections nest: the one opened last has to be closed first.",
          "Swap the tags, correct the name, or add the closing tag that is missing."},
    Entry{105, error, "AH00526", "A section is not closed", "The file ends inside of this section.",
          "Add the closing tag where the section ends."},
    Entry{106, error, "AH00526", "A closing tag lacks its >",
          "The line begins with </ but has no > behind the section's name.", "Add the >."},
    Entry{
        107, warn, "AH00111", "A variable is not defined",
        "${NAME} stands for what Define NAME or the environment says; neither does, so the text is "
        "used as it is written. On Debian the variables come from /etc/apache2/envvars.",
        "Define the variable before this line, or start signet with that environment."},
    Entry{
        108, error, "AH00526", "A file to include cannot be read",
        "The path is relative to ServerRoot, not to the including file. It does not exist, matches "
        "nothing, or may not be read by the user who starts signet.",
        "Correct the path, or use IncludeOptional for what may be missing."},
    Entry{109, error, "AH00526", "Files include each other without end",
          "A file includes itself, or another file that includes it.",
          "Remove one of the Include lines; signet -t -D DUMP_INCLUDES shows who includes whom."},
    Entry{110, error, "AH00526", "A variable has a name that cannot be used",
          "Names with a colon are reserved: ${map:key} belongs to RewriteMap.",
          "Use letters, digits and underscores."},
    Entry{111, error, "AH00526", "ServerRoot is not a directory",
          "Relative paths start from ServerRoot, so it has to exist before anything else is read.",
          "Create the directory or correct the path."},
    Entry{112, error, "AH00526", "The condition of an <If…> section is wrong",
          "IfDefine, IfModule, IfDirective, IfSection and IfFile take one name, with ! in front to "
          "negate; IfVersion takes an operator and a version or a regular expression.",
          "Correct the tag; the section is skipped as long as it is wrong."},
    Entry{
        113, error, "AH00526", "The configuration itself reports an error",
        "An Error directive was reached. Its author put it there for a case that must not happen.",
        "Do what its message says."},
    Entry{
        114, error, "", "The line breaks of a configuration were lost",
        "Many directives stand on one line, as happens when text is copied from a web page or PDF. "
        "After a # everything up to the end of the line is a comment.",
        "Begin a new line at each of the columns named, then run signet -t again."},
    Entry{115, error, "AH00526", "A directive on a joined line is also wrong in itself",
          "When the line breaks are restored this directive will lack arguments or have too many.",
          "Complete it while you restore the line breaks."},
    Entry{
        116, warn, "", "An <IfModule> names a module that does not exist",
        "The name in <IfModule> is a source file (mod_mime.c) or an identifier (mime_module). With "
        "any other name the condition never holds, and nobody notices.",
        "Correct the name, or remove the section."},
    Entry{117, warn, "", "Text after a tag's > is ignored",
          "Apache reads a tag up to its last > and drops the rest of the line without a word.",
          "Move the text to a line of its own."},
    Entry{
        118, error, "", "A macro is defined or used wrongly",
        "<Macro name $a $b> has to come before Use, in the order in which the files are read; Use "
        "needs one word for each parameter, in quotes if it contains spaces; and a macro may not "
        "use itself.",
        "Compare the Use with the <Macro> that the message names."},
    Entry{119, error, "", "Sections nest too deep",
          "More than 200 sections are open at once; closing tags are probably missing.",
          "Add the closing tags."},
    Entry{120, error, "", "The configuration is too large",
          "More than 512 MiB or 100000 files were read.",
          "Look for a wildcard in Include that matches more than it should."},
    Entry{
        121, warn, "", "An <If…> section that is used is not closed",
        "The file ends inside of it. Apache accepts that when the condition holds, and refuses the "
        "same file when it does not.",
        "Add the closing tag."},
    Entry{
        122, warn, "", "A quote is never closed",
        "The word runs to the end of the line, spaces and all. To have a quote as such in a word, "
        "write it in the middle of the word or put a backslash before it inside quotes.",
        "Add the closing quote."},
    Entry{123, warn, "", "A comment continues over a directive",
          "A backslash at the end of a line joins it with the next one, in comments too.",
          "Remove the backslash at the end of the comment."},
    Entry{124, error, "AH00526", "A space follows the < of a section",
          "The name of a section has to follow its < at once.", "Remove the space."},
    Entry{125, error, "AH00526", "A section's opening tag lacks its >",
          "The line begins with < but has no > at its end; perhaps a backslash or a quote is "
          "missing.",
          "Add the >; text may not follow it on the same line."},
    Entry{126, error, "", "signet adopt: there is no apache2.conf or httpd.conf",
          "The folder is not that of an Apache: signet looks for apache2.conf, httpd.conf and "
          "conf/httpd.conf in it.",
          "Name the folder: signet adopt --from /usr/local/apache2."},
    Entry{127, error, "", "signet adopt: the shell could not read envvars",
          "The file envvars beside the configuration is a shell script that sets its variables. It "
          "ended with an error.",
          "Run sh -e envvars and mend what it complains about."},
    Entry{128, error, "", "signet adopt: the configuration has errors",
          "signet refuses a directive that it would have to ignore although it protects something, "
          "and whatever Apache refuses, too. Nothing was written.",
          "Mend what is listed as refused, or keep Apache until signet knows the module."},
    Entry{129, error, "", "signet adopt: Apache is running",
          "Both servers would want the same ports, and Apache's pid file names a living process.",
          "Stop it first: systemctl stop apache2 (or apache2ctl stop), then adopt again. signet "
          "adopt --check only looks and may run beside Apache."},
    Entry{130, error, "", "signet adopt: the note could not be written or removed",
          "signetctl and the service read from /etc/default/signet which folder is served. It "
          "belongs to root.",
          "Run signet adopt as root, and see that the disk has room."},
    Entry{131, error, "", "signet adopt: the note belongs to somebody else",
          "/etc/default/signet exists and does not begin with the line that signet adopt writes: "
          "an administrator or a program made it.",
          "Put SIGNET_CONFDIR=/etc/apache2 and SIGNET_IS_ADOPTED=yes into it by hand, or move it "
          "away."},
    Entry{132, error, "", "signet adopt: nothing was adopted",
          "There is no /etc/default/signet that signet adopt wrote, so there is nothing to undo.",
          "Nothing: signet serves its own folder, and Apache's was never changed."},
};

} // namespace

std::span<const Entry> configuration_entries()
{
    return entries;
}

} // namespace signet::diagnosis
