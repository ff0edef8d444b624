"""What an administrator and his programs do with httpd: the package, signetctl, Debian's tree, signet explain."""

import os
import pathlib

import sandbox
from lib import REPOSITORY, Skip, command, need, test

SIGNETCTL = REPOSITORY / "packaging/signetctl"
HERE = pathlib.Path(__file__).parent
VISIT = HERE / "package_visit.py"


def build(box, version):
    if os.environ.get("SIGNET_SANITIZED"):
        raise Skip("nobody packages a sanitized server; compressing it takes minutes")
    need("dpkg-deb")
    need("dpkg-shlibdeps")
    done = command(REPOSITORY / "packaging/build-deb", box.program, version, box.path, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def visit(box, story, packages=()):
    inside = ["/run/visit/" + os.path.basename(p) for p in packages]
    files = [VISIT, SIGNETCTL, box.program, *packages]
    done = sandbox.visit(box, files, "python3", "/run/visit/package_visit.py", story, *inside)
    assert done.returncode == 0 and done.stdout.endswith("done\n"), done.stdout + done.stderr


@test(signet_only=True)
def the_package_installs_starts_upgrades_and_goes_without_a_trace(box):
    visit(box, "package", [build(box, "0.1.0"), build(box, "0.1.1")])


@test(signet_only=True)
def debians_own_tree_is_served_unmodified_as_apache_does(box):
    need("a2enmod")
    need("make-ssl-cert")
    visit(box, "debian")


@test(signet_only=True)
def adopting_apaches_folder_changes_nothing_in_it_and_can_be_undone(box):
    need("a2enmod")
    need("make-ssl-cert")
    visit(box, "adopt", [build(box, "0.1.0")])


@test(signet_only=True)
def certbots_apache_plugin_gets_a_certificate_and_installs_it(box):
    for program in ("certbot", "pebble", "pebble-challtestsrv", "a2enmod", "make-ssl-cert"):
        need(program)
    if "mod_rewrite.c" not in box.run("-l").stdout:
        raise Skip("certbot's challenge needs mod_rewrite, which is not built yet")
    if not pathlib.Path("/usr/lib/python3/dist-packages/certbot_apache").exists():
        raise Skip("python3-certbot-apache is not installed")
    files = [HERE / "certbot_visit.py", VISIT, SIGNETCTL, box.program]
    done = sandbox.visit(box, files, "python3", "/run/visit/certbot_visit.py")
    assert done.returncode == 0 and done.stdout.endswith("done\n"), done.stdout + done.stderr


@test(signet_only=True)
def lintian_finds_no_error_in_the_package(box):
    need("lintian")
    done = command("lintian", "--fail-on", "error", build(box, "0.1.0"), timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def control(box, *words):
    environment = {
        "PATH": os.environ["PATH"],
        "SIGNET_HTTPD": box.program,
        "SIGNET_CONFDIR": str(box.path),
        "SIGNET_ARGUMENTS": "-f httpd.conf",
    }
    return command(SIGNETCTL, *words, env=environment, timeout=60)


@test(signet_only=True)
def signetctl_takes_the_words_of_apachectl(box):
    box.config()
    (box.path / "envvars").write_text("export COLOUR=blue\n")
    with box.conf.open("a") as conf:
        conf.write('Header set X-Colour "${COLOUR}"\n')
    done = control(box, "start")
    assert done.returncode == 0, done
    box.wait_until_up()
    assert box.get().headers["x-colour"] == "blue"  # envvars was read
    first = box.pid()
    done = control(box, "configtest")
    assert done.returncode == 0 and "Syntax OK" in done.stderr, done
    assert control(box, "-M").stdout.startswith("Loaded Modules:\n core_module (static)\n")
    assert control(box, "graceful").returncode == 0
    for word, code, said in (("startssl", 2, "no longer supported"), ("help", 1, "Usage:"), ("nonsense", 1, "")):
        done = control(box, word)
        assert done.returncode == code and said in done.stdout + done.stderr, done
    good = box.conf.read_text()
    box.conf.write_text(good + "Nonsense\n")
    for word in ("restart", "graceful", "configtest"):
        done = control(box, word)
        assert done.returncode == 1 and "Nonsense" in done.stderr, done
        assert "Action '%s' failed." % word in done.stdout, done
    assert box.pid() == first and box.get().status == 200  # the faulty file reached nobody
    box.conf.write_text(good)
    assert control(box, "stop").returncode == 0


@test(signet_only=True)
def explain_knows_the_numbers_that_the_server_prints(box):
    box.config("Nonsense on\n")
    said = box.run("-t").stderr
    number = next(word for word in said.split() if word.startswith("SG"))
    done = command(box.program, "explain", number, "AH00558:")
    assert done.returncode == 0, done
    assert done.stdout.startswith(number) and "AH00558" in done.stdout and "\nfix: " in done.stdout
    done = command(box.program, "explain", "SG9999")
    assert done.returncode == 1 and "no message SG9999" in done.stderr, done
    assert "explain" in command(box.program, "--help").stdout
