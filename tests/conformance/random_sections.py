"""Random sections inside sections: which of them apply to a request, in which order?

Every section appends its own name to X-Path and may set, unset or change something else, so the answer tells what
was merged and how. Part of every run; by hand, with any seed and number of configurations (virtual hosts):

    ./run --seed 7 --count 300 "random sections"

A difference is printed with the configuration and the .htaccess files of its site.
"""

import os
import random

from dsl import Family, Site, get, head, request

HOSTS = 6  # virtual hosts (configurations) per site
FOLDERS = ["", "a", "a/b", "a/b/c", "d", "d/e"]
NAMES = ["index.html", "f.txt", "g.html"]
DIRECTORIES = (
    ['"@ROOT@%s"' % ("/" + f if f else "") for f in FOLDERS]
    + ['"@ROOT@/a/"', '"/"', '"@ROOT@/*"', '"@ROOT@/a/*"', '"@ROOT@/*/b"', '"@ROOT@/?"', '"@ROOT@/[ad]"']
    + ['"@ROOT@/a/f.txt"', '"@ROOT@/*/*"', '"@ROOT@/a*"', '~ "/(a|d)"', '~ "/b$"', '~ "^@ROOT@/d/e"']
)
DIRECTORY_PATTERNS = ['"/a"', '"/b$"', '"/b/$"', '"^@ROOT@/(a|d)$"', '"/(?<seg>[ad])"', '"/c/?$"', '"f\\.txt"']
FILES = ['"f.txt"', '"*.html"', '"?.txt"', '"index.html"', '~ "^[fg]"', '"a"', '"*"', '"nothing"', '"[!f]*"']
FILE_PATTERNS = ['"\\.txt$"', '"^(?<stem>[a-z]+)\\.html$"', '"."', '"^index"', '"b$"', '"^$"']
LOCATIONS = (
    ['"/"', '"/a"', '"/a/"', '"/a/b"', '"/a/b/"', '"/d"', '"/d/e/f.txt"', '"/a/*"', '"/*/b"', '"/alias"', '"/al"']
    + ['~ "/(b|e)"', '"/nothing"', '"/a/?.txt"', '"/*"', '"/a//b"']
)
LOCATION_PATTERNS = ['"^/a"', '"/b/"', '"\\.txt$"', '"^/(?<top>[a-z]+)/"', '"^/$"', '"//"', '"/f\\.txt/more"']
CONDITIONS = [
    '"true"', '"false"', "\"%{REQUEST_URI} =~ m#^/a#\"", "\"%{QUERY_STRING} == 'q'\"", "\"%{req:X-Q} == '1'\"",
    '"-f %{REQUEST_FILENAME}"', "\"%{HTTP_HOST} == 'v1.example'\"", "\"%{REQUEST_METHOD} == 'HEAD'\"",
    "\"%{REQUEST_FILENAME} =~ /f.txt$/ || -n %{PATH_INFO}\"", "\"-d %{REQUEST_FILENAME}\"", "\"%{IS_SUBREQ} == 'true'\"",
    "\"%{REQUEST_URI} =~ m#^/([a-z])/# && $1 == 'd'\"",
]  # fmt: skip
PATHS = ["/" + (f + "/" if f else "") + n for f in FOLDERS for n in NAMES + ["", "missing.txt"]] + [
    "/a", "/a/b", "/d/e", "/a//b/f.txt", "//a/f.txt", "/%61/f.txt", "/a/../d/f.txt", "/a/f.txt/more", "/alias/f.txt",
    "/alias/b/", "/alias", "/nothing/b/x", "/a/b/c/f.txt?q", "/d/?q", "/aliased", "/d/e/index.html/more/b", "/f.txt/",
]  # fmt: skip

# Which sections may stand in which.
OUTER = ["Directory", "Directory", "DirectoryMatch", "Files", "FilesMatch", "Location", "Location", "LocationMatch", "If"]
INNER = {
    "Directory": ["Files", "FilesMatch", "If"],
    "DirectoryMatch": ["Files", "FilesMatch", "If"],
    "htaccess": ["Files", "FilesMatch", "If"],
    "If": ["If"],
}
ARGUMENTS = {
    "Directory": DIRECTORIES, "DirectoryMatch": DIRECTORY_PATTERNS, "Files": FILES, "FilesMatch": FILE_PATTERNS,
    "Location": LOCATIONS, "LocationMatch": LOCATION_PATTERNS, "If": CONDITIONS,
}  # fmt: skip


class Writer:
    """Writes the sections of one site; every one gets a name of its own."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0

    def name(self, kind):
        self.names += 1
        return "%s%d" % ("".join(c for c in kind if c.isupper()) or "h", self.names)

    def pick(self, many):
        return self.random.choice(many)

    def chance(self, part):
        return self.random.random() < part

    def extras(self, kind, name):
        """What a section says beside its name."""
        some = [
            "Header set X-Set %s" % name,
            "Header unset X-Set",
            "Header always append X-Always %s" % name,
            "SetEnv SHOWN %s" % name,
            "UnsetEnv SHOWN",
            "SetEnvIf Request_URI . EARLY=%s" % name,
            "RequestHeader append X-Asked %s" % name,
            "AddType text/%s .txt" % name,
            "ForceType text/%s" % name,
            "ForceType None",
            "AddLanguage %s .html" % name,
            'ErrorDocument 404 "%s"' % name,
            "DirectoryIndex g.html",
            "DirectoryIndex disabled",
            "DirectorySlash Off",
            "AddDefaultCharset %s" % name,
            "FallbackResource /d/g.html",
            "FallbackResource disabled",
            "FileETag %s" % self.pick(["None", "Size", "+MTime", "-Size"]),
            "AcceptPathInfo %s" % self.pick(["On", "Off", "Default"]),
        ]
        rare = ["Require all denied", "Require all granted", "Require expr %{QUERY_STRING} != 'q'", "AuthMerging Or", "AuthMerging And"]
        lines = [self.pick(some) for _ in range(self.random.randrange(3))]
        if self.chance(0.08):
            lines.append(self.pick(rare))
        if kind in ("Directory", "DirectoryMatch") and self.chance(0.2):
            lines.append(self.pick(["Options None", "Options +FollowSymLinks", "Options -FollowSymLinks"]))
        if kind == "Directory" and self.chance(0.4):
            lines.append("AllowOverride %s" % self.pick(["All", "All", "None", "FileInfo", "Indexes FileInfo"]))
        return lines

    def section(self, kind, depth):
        name = self.name(kind)
        argument = self.pick(ARGUMENTS[kind])
        lines = ["<%s %s>" % (kind, argument)]
        if kind == "Directory" and argument.startswith("~"):
            inside = [line for line in self.body(kind, name, depth) if not line.startswith("AllowOverride")]
        else:
            inside = self.body(kind, name, depth)
        lines += ["    " + line for line in inside] + ["</%s>" % kind]
        if kind == "If":
            for other in ("ElseIf %s" % self.pick(CONDITIONS), "Else"):
                if self.chance(0.4):
                    lines.append("<%s>" % other)
                    lines += ["    " + line for line in self.body("If", self.name("E"), depth)]
                    lines.append("</%s>" % other.split(" ")[0])
        return lines

    def body(self, kind, name, depth):
        parts = [[line] for line in ["Header append X-Path %s" % name] + self.extras(kind, name)]
        allowed = INNER.get(kind, ["If"])
        while depth < 3 and self.chance(0.3):
            at = self.random.randrange(len(parts) + 1)
            parts.insert(at, self.section(self.pick(allowed), depth + 1))
        return [line for part in parts for line in part]

    def sections(self, least, most):
        lines = []
        for _ in range(self.random.randint(least, most)):
            lines += self.section(self.pick(OUTER), 0)
        return lines

    def exchange(self, host):
        headers = ["Host: v%d.example" % host] + (["X-Q: 1"] if self.chance(0.3) else [])
        path = self.pick(PATHS)
        if self.chance(0.1):
            return head(path, *headers)
        if self.chance(0.05):
            return request("POST %s HTTP/1.1" % path, *headers, body=b"x")
        return get(path, *headers)

    def site(self, requests=8):
        lines = [
            'Header set X-Shown "%{SHOWN}e %{EARLY}e %{MATCH_SEG}e %{MATCH_TOP}e %{MATCH_STEM}e"',
            "Header echo X-Asked",
            'Alias "/alias" "@ROOT@/a"',
            '<Directory "@ROOT@">',
            "    AllowOverride %s" % self.pick(["None", "All"]),
            "</Directory>",
        ] + self.sections(0, 4)
        exchanges = []
        for host in range(HOSTS):
            lines += ["<VirtualHost *:@PORT@>", "    ServerName v%d.example" % host, '    DocumentRoot "@ROOT@"']
            lines += ["    " + line for line in self.sections(1, 8)] + ["</VirtualHost>"]
            exchanges += [self.exchange(host) for _ in range(requests)]
        tree = {"%s/%s" % (f, n) if f else n: "%s in %s\n" % (n, f) for f in FOLDERS for n in NAMES}
        for folder in FOLDERS:
            if self.chance(0.4):
                tree[os.path.join(folder, ".htaccess")] = "\n".join(self.body("htaccess", self.name("h"), 1)) + "\n"
        return Site("\n".join(lines), exchanges, tree, log='"%r" %>s %U %f', generated=True)


def family(seed, count):
    """`count` configurations in so many sites of HOSTS virtual hosts each."""
    sites = [Writer("%d-%d" % (seed, number)).site() for number in range((count + HOSTS - 1) // HOSTS)]
    return Family("random sections, seed %d" % seed, sites)


def portrait(site):
    """All that a site is made of, for a report of a difference."""
    parts = [site.config]
    parts += ["--- %s\n%s" % (n, text.rstrip()) for n, text in site.tree.items() if n.endswith(".htaccess")]
    return "\n".join(parts)
