#!/usr/bin/env python3
"""Makes apache-arity.tsv: asks Debian's apache2 how many words each directive takes.

Every directive of apache-directives.tsv is checked (apache2 -t) without a word and with sixteen;
Apache's complaint tells its arity. Directives that complain in words of their own read their raw
arguments and get no row. Takes about two minutes.   usage: measure_arity.py > apache-arity.tsv
"""
import os
import re
import subprocess
import sys
import tempfile

MODULES = "/usr/lib/apache2/modules/"
FIRST = ["mpm_event", "authn_core", "authz_core", "dbd", "socache_shmcb", "session", "cache", "ldap",
         "proxy", "slotmem_shm", "dav", "http2", "filter"]  # others depend on these
SKIPPED = {"mpm_prefork", "mpm_worker", "watchdog", "logio", "so", "log_config", "version", "unixd",
           "case_filter", "case_filter_in", "bucketeer", "data", "cgid"}  # built in, or exclude others
COMPLAINTS = {
    "takes no arguments": "none", "takes one argument": "one", "takes two arguments": "two",
    "takes three arguments": "three", "takes 1-2 arguments": "one_or_two",
    "takes two or three arguments": "two_or_three", "takes one or three arguments": "one_or_three",
    "takes one, two or three arguments": "one_to_three",
    "requires at least one argument": "iterate", "requires at least two arguments": "iterate_two",
    "must be On or Off": "flag",
}
# Not in a Debian build (Windows, other platforms, later versions): from the manual.
FROM_MANUAL = [("CGIMapExtension", "two"), ("DAVGenericLockDB", "one"), ("EnableExceptionHook", "one"),
               ("GprofDir", "one"), ("LuaHookPreTranslate", "two"), ("MDCertificateMonitor", "two"),
               ("ScriptInterpreterSource", "one"), ("StartThreads", "one")]


def load_lines(module):
    found = {f[4:-3] for f in os.listdir(MODULES) if f.startswith("mod_") and f.endswith(".so")}
    order = [m for m in FIRST if m in found] + sorted(found - set(FIRST) - SKIPPED)
    if module == "prefork":
        order[0] = "mpm_prefork"
    if module == "mod_cgid":
        order = [m for m in order if m != "cgi"] + ["cgid"]
    return "".join(f"LoadModule {m}_module {MODULES}mod_{m}.so\n" for m in order)


def complaint(root, module, name, context, words):
    text = f"{name} {words}\n"
    if name.startswith("<"):
        text = f"{name.rstrip('>')} {words}>\n</{name.strip('<>')}>\n"
    if context == "virtual host":
        text = f"<VirtualHost *:80>\n{text}</VirtualHost>\n"
    elif "server config" not in context:
        text = f"<Directory /x>\n{text}</Directory>\n"
    path = os.path.join(root, "measured.conf")
    with open(path, "w") as file:
        file.write(load_lines(module) + text)
    run = subprocess.run(["apache2", "-t", "-d", root, "-f", path], capture_output=True, text=True, errors="replace")
    for words_of_apache, arity in COMPLAINTS.items():
        found = re.search(r"(\S+) " + re.escape(words_of_apache) + r"(,|\s|$)", run.stderr)
        if found and found[1].strip("<>").lower() == name.strip("<>").lower():
            return found[1].strip("<>"), arity
    return None


def main():
    table = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apache-directives.tsv")
    rows = list(FROM_MANUAL)
    with tempfile.TemporaryDirectory() as root:
        os.mkdir(os.path.join(root, "logs"))
        for line in open(table).read().splitlines()[1:]:
            module, name, _, _, context = line.split("\t")[:5]
            for words in ("", "a b c d e f g h i j k l m n o p"):
                row = complaint(root, module, name, context, words)
                if row:
                    rows.append(row)
                    break
    sys.stdout.write("name\ttakes\n")
    for name, arity in sorted(rows, key=lambda row: row[0].lower()):
        sys.stdout.write(f"{name}\t{arity}\n")


main()
