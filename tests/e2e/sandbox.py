"""A throw-away copy of this machine: its file system under an overlay, a network of its own, its own processes.

Packages are installed and Debian's /etc/apache2 is served on ports 80 and 443 in there; the machine notices nothing.
"""

import os
import pathlib
import shutil

from lib import Skip, command, need

ENTER = """set -e
mount -t tmpfs none "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
mount -t proc proc root/proc
mount --rbind /dev root/dev
mount -t tmpfs none root/run
mkdir root/run/lock root/run/visit
cp -a "$2"/. root/run/visit/
ip link set lo up
shift 2
exec chroot root "$@"
"""


def visit(box, files, *words, timeout=240):
    """Runs a program in the copy; `files` (paths) are in /run/visit there. The finished process."""
    if os.geteuid() != 0:
        raise Skip("needs root: the machine is copied by an overlay and chroot")
    need("unshare")
    need("ip")
    luggage, place = box.path / "luggage", box.path / "copy"
    for folder in (luggage, place):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    for path in files:
        shutil.copy(path, luggage / pathlib.Path(path).name)
    probe = enter(place, luggage, "true", timeout=60)
    if probe.returncode != 0:
        raise Skip("no overlay of this machine can be made here: " + probe.stderr.strip()[-200:])
    return enter(place, luggage, *words, timeout=timeout)


def enter(place, luggage, *words, timeout):
    inside = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER)
    return command(*inside, "sh", place, luggage, *words, timeout=timeout)
