"""mod_speling: names that are nearly right."""

from dsl import MODULES, Family, Site, fails, get, head, rejects, request

TREE = {
    "Page.html": "the page",
    "page2.html": "the second",
    "data.tar": "tar",
    "data.zip": "zip",
    "alone.txt": "alone",
    "two/cat.txt": "cat",
    "two/car.txt": "car",
    "two/cat.php": "php",
    "two/odd &<x>.txt": "odd",
    "dir/x.txt": "x",
}


def speling(config, *exchanges, **more):
    return Site(config, list(exchanges), TREE, modules=MODULES + " speling", **more)


FAMILIES = [
    Family(
        "CheckSpelling",
        [
            speling(
                "CheckSpelling On",
                get("/page.html"),
                get("/alnoe.txt?a=b", "Referer: http://example.com/<a>"),
                get("/alon.txt"),
                get("/alonee.txt/path/info"),
                get("/two/caz.txt"),
                get("/two/cax.txt?q=<1>", "Referer: http://example.com/a b\"<c>"),
                get("/data.gz"),
                get("/two/cat.gif"),
                fails(get("/nothing.like.it")),
                get("/dri/x.txt"),
                errors="info",
            ),
        ],
    ),
    Family(
        "CheckCaseOnly, CheckBasenameMatch",
        [
            speling("CheckSpelling On\nCheckCaseOnly On", get("/ALONE.txt"), fails(get("/alon.txt")), get("/data.gz")),
            speling("CheckSpelling On\nCheckBasenameMatch Off", fails(get("/data.gz")), get("/two/odd%20&%3cx%3e.tx")),
            speling("CheckSpelling On", fails(request("POST /page.html HTTP/1.1", body=b"x")), head("/two/caz.txt")),
            speling("Alias /other @ROOT@/two/ca\nCheckSpelling On", fails(get("/other"))),
            speling("CheckSpelling Off", fails(get("/page.html")), rejects("no flag", "CheckSpelling maybe")),
        ],
    ),
]
