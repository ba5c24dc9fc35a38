"""A disk with little room, which a test fills and makes room on: a tmpfs, so that no other disk is ever full."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.machine import require

PIECE = b"\0" * 65536


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """To the last byte, also what was freed since it was filled last."""
        with self._ballast.open("ab", buffering=0) as ballast:
            size = len(PIECE)
            while size:
                try:
                    ballast.write(PIECE[:size])
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2

    def make_room(self) -> None:
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, *, mebibytes: int) -> Iterator[SmallDisk]:
    """Mounted on this folder, which is made for it."""
    folder.mkdir()
    size = f"size={mebibytes}m,uid={os.getuid()},gid={os.getgid()}"
    mounted = subprocess.run(
        [*_as_root(), "mount", "-t", "tmpfs", "-o", size, "chatsite-tests", str(folder)],
        capture_output=True,
        check=False,
    )
    require(mounted.returncode == 0, "A disk to fill", "run as root, or with sudo, where mounting is allowed")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run([*_as_root(), "umount", "--lazy", str(folder)], check=True)


def _as_root() -> list[str]:
    return ["sudo", "-n"] if os.geteuid() and shutil.which("sudo") else []
