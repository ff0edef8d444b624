"""kill -9 at every step of an order, and a CA that misbehaves: nothing is lost, and nothing has to be deleted by hand."""

import os
import signal

from acme_extension import Extension
from acme_site import configure, served_by_pebble
from lib import children, eventually, test
from pebble import Pebble, credulous_pebble


def keeper_of(master):
    for pid in children(master):
        try:
            if open("/proc/%d/comm" % pid).read().strip() == "signet-keeper":
                return pid
        except OSError:
            pass
    return None


def kill_all(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def killed_after(box, steps, more=""):
    """The CA has done what was asked, and the answer never comes: the hardest moment. The orders it got."""
    left = list(steps)

    def happened(path):
        if left and path.startswith(left[0]):
            left.pop(0)
            kill_all([keeper_of(box.pid())])

    with Extension(credulous_pebble(), happened=happened) as ca:
        configure(box, ca, more).start()
        served_by_pebble(box, 60)
        assert not left, left
        return ca.orders


@test(signet_only=True)
def a_keeper_killed_while_it_begins_an_order_begins_again(box):
    # The order whose answer was lost cannot be known; every later step goes on with the second one.
    assert len(killed_after(box, ["/sign-me-up", "/order-plz", "/authZ/"])) == 2


@test(signet_only=True)
def a_keeper_killed_after_any_later_step_goes_on_with_the_same_order(box):
    killer = box.path / "killer"  # the last step: stored, and not in use yet
    killer.write_text('#!/bin/sh\n[ "$1" = renewed ] && mkdir "%s/once" && kill -9 $PPID\nexit 0\n' % box.path)
    killer.chmod(0o755)
    box.path.chmod(0o777)
    orders = killed_after(box, ["/chalZ/", "/finalize-order/", "/certZ/"], 'MDMessageCmd "%s"' % killer)
    assert len(orders) == 1 and (box.path / "once").exists(), orders


@test(signet_only=True)
def a_server_killed_in_the_middle_finishes_at_the_next_start(box):
    def happened(path):
        if path.startswith("/finalize-order/") and not died:
            died.append(path)
            kill_all([*children(box.pid()), box.pid()])

    died = []
    with Extension(credulous_pebble(), happened=happened) as ca:
        configure(box, ca).start()
        eventually(lambda: died, "the end of the server", 20)
        box.process.wait(10)
        box.start()
        served_by_pebble(box)
        assert len(ca.orders) == 1, ca.orders


@test(signet_only=True)
def nonsense_and_lost_nonces_and_slow_proofs_only_cost_time(box):
    nonsense = ["/order-plz", "/certZ/"]

    def spoil(path):
        if nonsense and path.startswith(nonsense[0]):
            nonsense.pop(0)
            return b"<html>Bad gateway</html>"
        return None

    with Pebble(box.path / "ca", box.http, box.https, nonce_errors=40, sleepy=1) as pebble:
        with Extension(pebble, spoil=spoil) as ca:
            configure(box, ca, "MDRetryDelay 1s").start()
            served_by_pebble(box, 60)
    assert not nonsense, nonsense
    problems = [l for l in box.said().splitlines() if "AH10056" in l]
    assert problems and all("is not ACME" in l or "trying again" in l for l in problems), problems
