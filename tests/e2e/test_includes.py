"""Server-side includes and Substitute: what the conformance suite does not see."""

import os
import pathlib
import re

from lib import CONFIG, children, test

SIZE = 100 << 20
FILTERS = """AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
AddOutputFilter SUBSTITUTE .txt
<Location "/">
    Options +Includes
    Substitute "s/end/END/"
</Location>
"""


def peak(box):
    """The most memory that a worker has had, in KiB."""
    texts = [pathlib.Path("/proc/%d/status" % pid).read_text() for pid in children(box.process.pid)]
    return max(int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) for text in texts)


@test(signet_only=True)
def a_filtered_document_of_100_megabytes_costs_little_memory(box):
    line = b"a line of text that nobody changes, and its end\n" * 20000
    documents = (
        ("big.shtml", SIZE, b'<!--#echo var="DOCUMENT_NAME" -->'),
        ("big.txt", SIZE // 4, b"the end"),
    )
    for name, size, tail in documents:
        box.page(name, b"")
        with open(box.htdocs / name, "wb") as file:
            for _ in range(size // len(line)):
                file.write(line)
            file.write(tail)
    box.config(FILTERS, base=CONFIG).start()
    box.curl("-o", "/dev/null", box.url("/1k.txt", "http"))
    before = peak(box)
    for name, tail in (("big.shtml", b"big.shtml"), ("big.txt", b"the END")):
        got = box.path / "got"
        box.curl("-o", str(got), box.url("/" + name, "http"))
        with open(got, "rb") as file:
            file.seek(-len(tail), os.SEEK_END)
            assert file.read() == tail
    assert peak(box) - before < 16 << 10, "%d KiB more" % (peak(box) - before)
