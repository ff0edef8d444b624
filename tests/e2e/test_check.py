"""signet check, grade and report: each test writes a configuration with a fault and reads what is said about it."""

import json
import os
import pathlib
import re
import signal

from lib import REPOSITORY, TLS, Skip, command, eventually, test

HSTS = 'Header always set Strict-Transport-Security "max-age=63072000"'


def check(box, *words):
    done = command(box.program, "check", "-d", box.path, "-f", box.conf, "--offline", *words)
    assert done.returncode in (0, 1, 2), done.stderr
    return done


def findings(box, *words):
    done = check(box, "--json", *words)
    return json.loads(done.stdout), done.returncode


def ids(found):
    return {one["id"] for one in found}


def find(found, number):
    assert number in ids(found), (number, sorted(ids(found)))
    return next(one for one in found if one["id"] == number)


def grade(box, *words):
    done = command(
        box.program, "grade", "-d", box.path, "-f", box.conf, "--CAfile", box.certs + "/ca.crt", "--json", *words
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout), done.returncode


# --- grade -----------------------------------------------------------------------------------------


@test(signet_only=True)
def without_tls_directives_the_grade_is_a_and_one_line_of_hsts_makes_it_a_plus(box):
    box.config()
    (one,), code = grade(box)
    assert (one["grade"], one["grade_if_trusted"], code) == ("A", "A", 0), one
    assert [cap["id"] for cap in one["caps"]] == ["SG0493"] and one["caps"][0]["grade_after"] == "A+", one["caps"]
    assert one["vhost"]["position"].startswith(str(box.conf)), one["vhost"]
    assert grade(box, "--fail-under", "A+")[1] == 1
    box.config(TLS.replace("SSLEngine on", "SSLEngine on\n    " + HSTS))
    (one,), code = grade(box, "--fail-under", "A+", "--strict")
    assert (one["grade"], one["caps"], code) == ("A+", [], 0), one


@test(signet_only=True)
def an_unknown_authority_and_a_wrong_name_are_out_of_the_scale(box):
    box.config(TLS.replace("SSLEngine on", "SSLEngine on\n    " + HSTS))
    done = command(box.program, "grade", "-d", box.path, "-f", box.conf, "--fail-under", "A+")
    assert done.returncode == 0 and "(if trust is ignored: A+)" in done.stdout, done
    assert command(box.program, "grade", "-d", box.path, "-f", box.conf, "--strict").returncode == 1
    box.config(TLS.replace("ServerName localhost", "ServerName c.example"))
    (one,), _ = grade(box)
    assert one["grade"] == "M", one
    box.config(TLS.replace("ecdsa.", "expired."))
    (one,), _ = grade(box)
    assert one["grade"] == "T" and "expired" in one["certificates"][0]["why_not"], one


@test(signet_only=True)
def the_table_of_clients_says_who_fails_and_why(box):
    box.config()
    (one,), _ = grade(box)
    clients = {row["client"]: row for row in one["clients"]}
    assert len(clients) >= 30, len(clients)
    assert clients["Chrome and Edge 156"]["version"] == "TLS 1.3", clients
    assert clients["Android 7"]["suite"] == "ECDHE-ECDSA-AES128-GCM-SHA256", clients["Android 7"]
    assert "no common version" in clients["IE 8 (Windows XP)"]["fails"], clients
    assert "no cipher suite" in clients["IE 11 (Windows 7)"].get("fails", "no cipher suite"), clients
    failing = [name for name, row in clients.items() if row["reference"] and "fails" in row]
    assert not failing, failing
    text = command(box.program, "grade", "-d", box.path, "-f", box.conf).stdout
    assert "Java 17" in text and "\x1b" not in text, text
    table = text[text.index("  clients\n") :].splitlines()
    assert max(map(len, table)) <= 80, [line for line in table if len(line) > 80]
    assert clients["OpenSSL 3.5 (curl)"]["group"] == "X25519", "no post-quantum group here: the second share"


@test(signet_only=True)
def profiles_are_one_directive_and_compared_with_what_is_served(box):
    for name, letter in (("intermediate", "A+"), ("intermediate 5.7", "A+"), ("modern", "A"), ("old 5.8", "B")):
        box.config(TLS.replace("SSLEngine on", "SSLEngine on\n    SSLPolicy %s\n    %s" % (name, HSTS)))
        assert box.run("-t").returncode == 0, box.run("-t").stderr
        (one,), _ = grade(box, "--profile", name.replace(" ", ":"))
        assert one["grade"] == letter, (name, one["grade"], one["caps"])
        # The hybrid group needs OpenSSL 3.5, and Debian's has neither 3DES nor DHE parameters.
        odd = [
            d
            for d in one["profile"]["differences"]
            if "X25519MLKEM768" not in d and "DES" not in d and "lives" not in d and "not RSA" not in d
        ]
        assert not odd, (name, odd)
    box.config(TLS.replace("SSLEngine on", "SSLEngine on\n    SSLPolicy old 6.0"))
    done = box.run("-t")
    assert done.returncode == 1 and "guideline 6.0 has no profile 'old'" in done.stderr, done.stderr
    # What follows the policy wins, and so does what an inner host says.
    box.config("SSLProtocol TLSv1.2\n" + TLS.replace("SSLEngine on", "SSLEngine on\nSSLPolicy modern"))
    assert list(grade(box)[0][0]["suites"]) == ["TLS 1.3"]
    box.config(TLS.replace("SSLEngine on", "SSLEngine on\nSSLPolicy modern\nSSLProtocol TLSv1.2"))
    assert list(grade(box)[0][0]["suites"]) == ["TLS 1.2"]


@test(signet_only=True)
def a_misspelt_profile_is_answered_with_the_nearest_name(box):
    box.config(TLS.replace("SSLEngine on", "SSLEngine on\n    SSLPolicy intermediat"))
    done = box.run("-t")
    assert done.returncode == 1 and "did you mean intermediate?" in done.stderr, done.stderr
    done = command(box.program, "grade", "-d", box.path, "-f", box.config().conf, "--profile", "modrn:6.0")
    assert done.returncode == 2 and "did you mean modern?" in done.stderr, done
    done = command(box.program, "grade", "-d", box.path, "-f", box.conf, "--profile", "old:6.0")
    assert done.returncode == 2 and "did you mean" not in done.stderr and "old ends with 5.8" in done.stderr, done


@test(signet_only=True)
def grade_mends_what_holds_the_letter_down(box):
    box.config("<Directory />\n</Directory>\n" + TLS.replace("SSLEngine on", "SSLEngine on\n    SSLCipherSuite ALL:+eNULL"))
    words = (box.program, "grade", "-d", box.path, "-f", box.conf, "--no-clients", "--fail-under", "A+")
    assert command(*words).returncode == 1
    assert "not for --json" in command(*words, "--fix", "--json").stderr
    assert "not a server" in command(box.program, "grade", "localhost:1", "--fix").stderr
    assert not list(box.path.glob("httpd.conf.before-*"))
    done = command(*words, "--fix")
    assert done.returncode == 0 and "+    SSLPolicy intermediate" in done.stdout, done
    assert "trust is ignored: A+" in done.stdout and len(list(box.path.glob("httpd.conf.before-*"))) == 1, done
    assert command(*words).returncode == 0


@test(signet_only=True)
def a_policy_is_served_as_it_is_graded(box):
    box.config(TLS.replace("SSLEngine on", "SSLEngine on\n    SSLPolicy modern")).start()
    assert "Protocol  : TLSv1.3" in box.s_client("-tls1_3") or "TLSv1.3" in box.s_client("-tls1_3")
    assert "alert protocol version" in box.s_client("-tls1_2")


@test(signet_only=True)
def a_running_server_gets_the_grade_of_its_configuration(box):
    box.config(TLS.replace("SSLEngine on", "SSLEngine on\n    " + HSTS)).start()
    done = command(
        box.program, "grade", "localhost:%d" % box.https, "--CAfile", box.certs + "/ca.crt", "--json", timeout=120
    )
    assert done.returncode == 0, done.stderr
    (live,) = json.loads(done.stdout)
    (offline,), _ = grade(box)
    for key in ("grade", "scores", "suites", "groups", "hsts"):
        assert live[key] == offline[key], (key, live[key], offline[key])
    assert live["clients"] == offline["clients"]
    done = command(box.program, "grade", "localhost:%d" % box.http)
    assert done.returncode == 2 and "does not speak TLS" in done.stderr, done


@test(signet_only=True)
def the_blogs_old_cipher_string_is_graded_and_mended(box):
    old = "SSLCipherSuite ALL:!ADH:RC4+RSA:+HIGH:+MEDIUM:!SSLv2:+EXP:+eNULL"
    box.config(TLS.replace("SSLEngine on", "SSLEngine on\n    SSLProtocol all -SSLv2\n    " + old))
    done = command(box.program, "grade", "-d", box.path, "-f", box.conf, "--no-clients")
    said = " ".join(done.stdout.split())
    assert "EXP-RC4-MD5" in said and "the grade is F" in said, done.stdout
    assert "SG0484" in said and "SG0485" in said, done.stdout
    found, code = findings(box)
    assert code == 1
    weak = find(found, "SG0149")
    assert "EXP-RC4-MD5" in weak["evidence"] and weak["line"] and weak["edits"], weak
    assert "+eNULL" in find(found, "SG0141")["evidence"]
    done = check(box, "--fix")
    assert "-    " + old in done.stdout and "+    SSLPolicy intermediate" in done.stdout, done.stdout
    copies = list(box.path.glob("httpd.conf.before-*"))
    assert len(copies) == 1 and old in copies[0].read_text()
    (one,), _ = grade(box, "--fail-under", "A+")
    assert one["grade"] == "A+", one["caps"]
    assert "SG0149" not in ids(findings(box)[0])
    check(box, "--fix")
    assert len(list(box.path.glob("httpd.conf.before-*"))) == 1  # nothing is left to mend


@test(signet_only=True)
def testssl_sees_what_the_grade_rests_on(box):
    import grade_against_testssl as comparison

    if not comparison.testssl():
        raise Skip("testssl.sh is not installed")
    comparison.compare(box, "nothing said", comparison.QUICK)


@test(signet_only=True)
def the_hellos_of_simulated_clients_are_those_that_were_captured(_box):
    import grade_against_testssl as comparison

    if not comparison.CAPTURES.exists():
        raise Skip("testssl.sh is not installed")
    assert len(comparison.their_hellos()) > 30
    assert not list(comparison.hello_differences())
    # Captured beside signet; a mistake once gave these rows a browser's hello.
    hellos = comparison.our_hellos()
    for name in ("Java 17", "Node.js 20", "Python 3.11", "GnuTLS 3.7"):
        assert [other for other in hellos if hellos[other] == hellos[name]] == [name]


# --- check: what each rule finds ---------------------------------------------------------------------


def expect(box, text, number, evidence, line=None, base=None):
    box.config(text, **({"base": base} if base is not None else {}))
    found, _ = findings(box)
    one = find(found, number)
    assert evidence in one["evidence"], one
    assert one["cause"] and one["fix"], one
    if line:
        assert one["source"].startswith(line) and one["file"] == str(box.conf) and one["line"] > 0, one
    return one


@test(signet_only=True)
def a_clean_configuration_has_no_findings(box):
    box.config(TLS.replace("SSLEngine on", "SSLEngine on\n    " + HSTS))
    found, code = findings(box)
    serious = [one for one in found if one["severity"] in ("error", "warning")]
    assert not serious and code == 0, serious


@test(signet_only=True)
def addresses_that_do_not_fit_are_found(box):
    expect(box, "<VirtualHost *:4443>\nServerName a.example\n</VirtualHost>\n", "SG0133", "4443", "<VirtualHost")
    expect(box, TLS, "SG0134", str(box.http), "Listen")
    expect(box, TLS.replace("@HTTPS@", "80"), "SG0165", "port 80", "<VirtualHost")
    other = TLS.replace("ecdsa", "rsa").replace("ServerName localhost", "ServerName a.example")
    expect(box, TLS + other, "SG0157", "localhost", "<VirtualHost")


@test(signet_only=True)
def a_port_that_another_program_has_is_found(box):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        box.config(TLS + "Listen 127.0.0.1:%d\n" % taken.getsockname()[1])
        one = find(findings(box)[0], "SG0154")
        assert "in use" in one["evidence"] and one["severity"] == "notice", one


@test(signet_only=True)
def access_that_contradicts_itself_is_found(box):
    mixed = "<Directory /srv>\nOrder deny,allow\nDeny from all\nRequire all granted\n</Directory>\n"
    expect(box, mixed, "SG0136", "both", "Order")
    old = "<Directory /srv>\nOrder allow,deny\nAllow from all\n</Directory>\n"
    assert expect(box, old, "SG0160", "2.2", "Order")["fix"] == "Require all granted"
    basic = '<Location /private>\nAuthType Basic\nAuthName x\nRequire valid-user\n</Location>\n'
    expect(box, basic, "SG0147", "unencrypted", "AuthType")
    box.config(TLS.replace("</VirtualHost>", basic + "</VirtualHost>"))
    assert "SG0147" not in ids(findings(box)[0])


@test(signet_only=True)
def a_shadowed_proxypass_is_found(box):
    expect(box, "ProxyPass / http://127.0.0.1:1/\nProxyPass /ws ws://127.0.0.1:1/ws\n", "SG0135", "/ws", "ProxyPass /ws")
    box.config("ProxyPass /ws ws://127.0.0.1:1/ws\nProxyPass / http://127.0.0.1:1/\n")
    assert "SG0135" not in ids(findings(box)[0])


@test(signet_only=True)
def keys_in_the_wrong_place_or_with_wrong_modes_are_found(box):
    key = box.page("secret/site.key", (pathlib.Path(box.certs) / "ecdsa.key").read_text())
    key.chmod(0o644)
    config = TLS.replace("@CERTS@/ecdsa.key", str(key))
    one = expect(box, config, "SG0137", str(key), "SSLCertificateKeyFile")
    assert one["severity"] == "error"
    assert "SG0413" in ids(findings(box)[0])  # every user may read it
    if os.geteuid() == 0:
        import grp

        key.chmod(0o640)
        os.chown(key, 0, grp.getgrnam("www-data").gr_gid)
        expect(box, config, "SG0138", "www-data", "SSLCertificateKeyFile")


@test(signet_only=True)
def the_folder_that_bars_the_way_is_named(box):
    if os.geteuid() != 0:
        raise Skip("needs a worker of another user")
    barred = box.path / "barred"
    (barred / "locks").mkdir(parents=True)
    barred.chmod(0o700)
    one = expect(box, 'SSLMutex "file:%s/locks/mutex"\n' % barred, "SG0151", "%s may not be entered" % barred)
    assert one["fix"] == "chmod o+x %s" % barred, one
    barred.chmod(0o755)
    os.chown(box.conf, __import__("pwd").getpwnam("www-data").pw_uid, -1)
    assert str(box.conf) in find(findings(box)[0], "SG0152")["evidence"]


@test(signet_only=True)
def hash_links_of_another_age_are_found(box):
    folder = box.path / "cas"
    folder.mkdir()
    certificate = folder / "ca.pem"
    certificate.write_text((pathlib.Path(box.certs) / "ca.crt").read_text())
    text = 'SSLCACertificatePath "%s"\n' % folder
    expect(box, text, "SG0139", "no link", "SSLCACertificatePath")
    old = command("openssl", "x509", "-noout", "-subject_hash_old", "-in", certificate).stdout.strip()
    (folder / (old + ".0")).symlink_to("ca.pem")
    expect(box, text, "SG0139", "OpenSSL 0.9", "SSLCACertificatePath")
    assert command("openssl", "rehash", folder).returncode == 0
    assert "SG0139" not in ids(findings(box)[0])


@test(signet_only=True)
def hsts_is_held_against_what_is_configured(box):
    plain = "<VirtualHost *:@HTTP@>\nServerName old.a.example\n</VirtualHost>\n"
    tls = TLS.replace("ServerName localhost", "ServerName a.example")
    wide = 'Header always set Strict-Transport-Security "max-age=63072000; includeSubDomains"'
    expect(box, plain + tls.replace("SSLEngine on", "SSLEngine on\n" + wide), "SG0140", "old.a.example", "Header")
    expect(box, plain.replace("ServerName", HSTS + "\nServerName"), "SG0158", "no SSLEngine", "Header")
    expect(box, TLS, "SG0148", "no Strict-Transport-Security", "<VirtualHost")


@test(signet_only=True)
def certificates_are_looked_at_as_of_a_date(box):
    box.config()
    assert "SG0156" not in ids(findings(box)[0])
    one = find(findings(box, "--at", "+120d")[0], "SG0156")
    assert "ends on" in one["evidence"], one
    assert check(box, "--at", "soon").returncode == 2
    box.config(TLS.replace("ecdsa", "expired"))
    assert "SG0407" in ids(findings(box)[0])
    box.config(TLS.replace("ServerName localhost", "ServerName c.example"))
    assert "SG0409" in ids(findings(box)[0])


@test(signet_only=True)
def revocation_lists_are_looked_at_as_of_a_date(box):
    command(box.program, "ca", "init", "--dir", box.path / "ca", "--no-passphrase")
    lists = box.path / "lists"
    lists.mkdir()
    command(box.program, "ca", "crl", "--dir", box.path / "ca", "--days", "2", "-o", lists / "one.crl")
    for line in ("SSLCARevocationFile %s/one.crl" % lists, "SSLCARevocationPath %s" % lists):
        box.config(TLS.replace("SSLEngine on", "SSLEngine on\nSSLCARevocationCheck leaf\n" + line))
        assert "SG0170" not in ids(findings(box)[0]), line
        assert "one.crl: the list of /CN=" in find(findings(box, "--at", "+5d")[0], "SG0170")["evidence"], line


@test(signet_only=True)
def the_cipher_string_of_a_host_is_listed_as_it_was_written(box):
    box.config(TLS.replace("SSLEngine on", "SSLEngine on\nSSLCipherSuite AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256:RC4-SHA"))
    done = command(box.program, "ciphers", "-v", "--vhost", "localhost:%d" % box.https, "-f", box.conf, "--json")
    said = json.loads(done.stdout)
    assert said["list"] == "AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256:RC4-SHA", said["list"]
    assert [one["name"] for one in said["suites"][3:]] == ["AES128-SHA", "ECDHE-ECDSA-AES128-GCM-SHA256"], said
    assert [one["name"] for one in said["removed"]] == ["RC4-SHA"], said
    assert [one["word"] for one in said["without_effect"]] == ["RC4-SHA"], said


@test(signet_only=True)
def lines_of_former_times_are_found_and_those_that_do_nothing_go(box):
    old = """DefaultType text/plain
NameVirtualHost *:80
KeepAliveTimeout 30
HostnameLookups On
MaxClients 150
SSLRandomSeed startup file:/dev/random 512
SetEnvIf User-Agent ".*MSIE.*" \\
    nokeepalive ssl-unclean-shutdown \\
    downgrade-1.0 force-response-1.0
LogLevel debug
"""
    box.config(old + TLS.replace("SSLEngine on", "SSLEngine on\n    SSLOptions +StdEnvVars"))
    found, _ = findings(box)
    expected = "SG0142 SG0143 SG0144 SG0146 SG0153 SG0162 SG0163 SG0172 SG0176"
    assert set(expected.split()) <= ids(found), sorted(ids(found))
    assert "half a minute" in find(found, "SG0153")["evidence"]
    check(box, "--fix")
    text = box.conf.read_text()
    for gone in ("DefaultType", "NameVirtualHost", "MSIE", "downgrade-1.0", "SSLRandomSeed", "MaxClients"):
        assert gone not in text, text
    assert "MaxRequestWorkers 150" in text and "KeepAliveTimeout 30" in text, text
    assert box.run("-t").returncode == 0, box.run("-t").stderr


@test(signet_only=True)
def an_ifdefine_that_hides_tls_is_found(box):
    box.config("<IfDefine SSL>\n" + TLS + "</IfDefine>\n")
    one = find(findings(box)[0], "SG0145")
    assert "SSL is not defined" in one["evidence"] and one["line"] > 0, one
    assert "SG0145" not in ids(findings(box, "-D", "SSL")[0])
    box.config("<IfModule mime.c>\nAddType a/b .c\n</IfModule>\n")
    assert "SG0116" in ids(findings(box)[0])  # a name that no module has


@test(signet_only=True)
def what_cannot_be_read_ends_with_two_and_errors_with_one(box):
    done = command(box.program, "check", "-f", box.path / "nowhere.conf")
    assert done.returncode == 2 and "SG0175" in done.stderr, done
    box.config("Nonsense on\n")
    done = check(box)
    assert done.returncode == 1 and "SG0003" in done.stdout and "%s:" % box.conf in done.stdout, done
    assert "\x1b" not in done.stdout
    assert "SG0133  " in command(box.program, "check", "--rules").stdout


@test(signet_only=True)
def a_mend_that_the_server_would_refuse_is_not_made(box):
    box.config("Nonsense on\nDefaultType text/plain\n")
    done = check(box, "--fix")
    assert done.returncode == 1 and "DefaultType" not in box.conf.read_text()  # no worse than before


@test(signet_only=True)
def the_articles_configuration_gets_its_lines_back(box):
    seeds = pathlib.Path(os.environ.get("SIGNET_SEEDS", "/work/shared/seeds"))
    pasted = box.path / "pasted.conf"
    article = seeds / "2-apache2-ssl-step-by-step-part1.txt"
    if article.exists():
        line = next(x for x in article.read_text(errors="replace").split("\n") if "Basic settings" in x)
    else:
        line = (
            "# Basic settings User apache Group apache UseCanonicalName Off ServerSignature Off KeepAlive On "
            '# Access control <Directory /> Options None AllowOverride None Order deny,allow Deny from all </Directory> '
            "DefaultType text/plain"
        )
    pasted.write_text(line + "\n")
    done = command(box.program, "check", "--recover", pasted)
    assert done.returncode == 1, done
    lines = [x.strip() for x in done.stdout.split("\n")]
    for expected in ("User apache", "Group apache", "UseCanonicalName Off", "ServerSignature Off", "Deny from all"):
        assert expected in lines, done.stdout
    assert command(box.program, "check", "--recover", pasted, "--fix").returncode == 0
    assert pasted.read_text() == done.stdout


@test(signet_only=True)
def migration_tells_the_fate_of_each_line(box):
    box.config("MaxClients 10\nSSLRandomSeed startup builtin\n<IfDefine NEVER>\nListen 81\n</IfDefine>\nFooBar on\n")
    done = check(box, "--migrate", "--json")
    fates = {one["text"].split()[0]: one["fate"] for one in json.loads(done.stdout)}
    assert fates["DocumentRoot"] == "kept" and fates["FooBar"] == "refused", fates
    assert any(one["fate"] == "skipped" and one["text"] == "Listen 81" for one in json.loads(done.stdout))
    assert done.returncode == 1
    text = check(box, "--migrate").stdout
    assert "\nkept " in text and "refused 1" in text, text


@test(signet_only=True)
def the_report_holds_what_a_helper_needs_and_no_secret(box):
    box.config(
        "SetEnv DB_PASSWORD hunter2\nProxyPass /x http://joe:hunter2@127.0.0.1:1/\n"
        + TLS
    )
    (box.path / "error.log").write_text("[ssl:error] GET /?token=hunter2 failed\n")
    done = command(box.program, "report", "-d", box.path, "-f", box.conf, "--with-configuration")
    assert done.returncode == 0, done.stderr
    for expected in ("Server version:", "OpenSSL", "mod_ssl.c", "sha256", "SG0", "[ssl:error]", "localhost", "g++"):
        assert expected in done.stdout, (expected, done.stdout)
    assert "hunter2" not in done.stdout and "PRIVATE KEY" not in done.stdout
    target = box.path / "report.txt"
    command(box.program, "report", "-d", box.path, "-f", box.conf, "-o", target)
    assert target.stat().st_mode & 0o777 == 0o600


@test(signet_only=True)
def what_a_reload_changed_in_the_error_log_is_told(box):
    log = box.path / "error.log"
    denied = '<Location "/secret">\n    Require all denied\n</Location>\n'
    box.config('ErrorLog "%s"\n' % log + denied).start()
    assert box.curl("-o", "/dev/null", "-w", "%{http_code}", box.url("/secret", "http")).stdout == "403"
    box.config('ErrorLog "%s"\n' % log)
    box.signal(signal.SIGUSR1)
    eventually(lambda: log.read_text().count("AH00489") == 2, "the reload is over")
    done = check(box, "--since", "15m")
    gone = "gone:\n  AH01630  error  1 before, 0 after  AH01630: client denied by server configuration"
    assert done.returncode == 0 and gone in done.stdout and "new:" not in done.stdout, done
    box.curl(box.url("/" + 4090 * "a", "http"))
    listed = json.loads(check(box, "--since", "15m", "--json").stdout)[0]["problems"]
    assert {(one["id"], one["before"], one["after"]) for one in listed} >= {("AH00127", 0, 1), ("AH01630", 1, 0)}, listed
    done = check(box, "--since", "15m")
    assert done.returncode == 1 and "new:\n  AH00127" in done.stdout, done
    assert "--since takes a time" in check(box, "--since", "soon").stderr


@test(signet_only=True)
def questions_are_answered_by_their_words(box):
    done = command(box.program, "explain", "connection", "refused")
    assert done.returncode == 0 and "Nobody listens" in done.stdout, done
    done = command(box.program, "explain", "xyzzy")
    assert done.returncode == 1 and "SG0042" in done.stderr, done
    assert command(box.program, "explain", "SG0149").stdout.startswith("SG0149")


@test(signet_only=True)
def each_row_of_the_old_faqs_names_tests_that_exist(_box):
    tests = {}
    for path in (REPOSITORY / "tests").rglob("*"):
        if path.suffix in (".py", ".cpp"):
            tests[path.name] = path.read_text()
    page = (REPOSITORY / "docs/faq-coverage.md").read_text()
    rows = re.findall(r"^\| ([0-9, ]+) \|.*\| ([^|]+) \|$", page, re.M)
    asked = {int(number) for numbers, _ in rows for number in numbers.split(",")}
    assert asked >= set(range(92, 159)), set(range(92, 159)) - asked
    for _, names in rows:
        for name in names.split(", "):
            if name.startswith("family:"):
                assert name[7:] + ".py" in tests, name
                continue
            suite, dot, case = name.rpartition(".")
            sought = r"TEST(_F|_P)?\(%s, %s\)" % (suite.removeprefix("Rows/"), case) if dot else r"^def %s\(" % name
            assert any(re.search(sought, text, re.M) for text in tests.values()), name
