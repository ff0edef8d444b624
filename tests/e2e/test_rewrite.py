"""mod_rewrite in a whole server: what it logs, programs and files that change while it serves."""

from lib import eventually, test

RULES = """LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
LogLevel warn rewrite:trace5
RewriteEngine On
"""


def serve(box, rules):
    box.config(RULES + rules).start(port=box.http)


def location(box, path):
    done = box.curl("-s", "-o", "/dev/null", "-w", "%{redirect_url}", box.url(path, "http"))
    return done.stdout.split("/", 3)[-1]


@test
def each_step_of_a_rewrite_is_in_the_log_as_apache_writes_it(box):
    serve(box, 'RewriteCond %{REQUEST_METHOD} =GET\nRewriteRule "^/old(.*)" "/1k.txt?x=$1" [L]\n')
    assert len(box.curl("-s", box.url("/old-a", "http")).stdout) == 1024
    for step in (
        "init rewrite engine with requested uri /old-a",
        "applying pattern '^/old(.*)' to uri '/old-a'",
        "RewriteCond: input='GET' pattern='=GET' => matched",
        "rewrite '/old-a' -> '/1k.txt?x=-a'",
        "split uri=/1k.txt?x=-a -> uri=/1k.txt, args=x=-a",
        "local path result: /1k.txt",
        "go-ahead with %s [OK]" % (box.htdocs / "1k.txt"),
    ):
        eventually(lambda line=step: line in box.said(), "the log says " + step)


@test
def a_map_file_is_read_anew_when_it_changes(box):
    file = box.path / "map.txt"
    file.write_text("key first\n")
    serve(box, "RewriteMap m txt:@BOX@/map.txt\nRewriteRule ^/m/(.*) /${m:$1|none} [R]\n")
    assert (location(box, "/m/key"), location(box, "/m/new")) == ("first", "none")
    file.write_text("key second\nnew value\n")
    assert (location(box, "/m/key"), location(box, "/m/new")) == ("second", "value")
    file.unlink()
    assert location(box, "/m/key") == "none"


@test
def a_map_program_that_ends_is_started_again(box):
    program = box.path / "once"
    program.write_text('#!/bin/sh\nread key\necho "$key-answered"\n')
    program.chmod(0o755)
    serve(box, "RewriteMap p prg:@BOX@/once\nRewriteRule ^/p/(.*) /${p:$1|none} [R]\n")
    answers = [location(box, "/p/k%d" % i) for i in range(8)]
    assert answers[0] == "k0-answered", answers
    assert sum(a.endswith("-answered") for a in answers) >= 4, answers


@test
def a_map_program_answers_many_clients_at_once(box):
    serve(
        box,
        'RewriteMap p "prg:/bin/sed -u s/$/-x/"\nRewriteRule ^/p/(.*) /${p:$1|none} [R]\n',
    )
    urls = [box.url("/p/%d" % i, "http") for i in range(60)]
    done = box.curl("-s", "-Z", "--parallel-max", "20", "-w", "%{redirect_url}\n", "-o", "/dev/null", *[w for u in urls for w in ("-o", "/dev/null", u)][2:])
    seen = sorted(line.split("/")[-1] for line in done.stdout.split())
    assert seen == sorted("%d-x" % i for i in range(60)), seen
