"""A small file system of its own, on a loop device: for tests that fill a disk. Needs root."""

import os
import pathlib
import subprocess
import unittest


class SmallDisk:
    """An ext4 of `mebibytes` mounted below `directory`. Its blocks are only taken from the host
    as they are written.
    """

    def __init__(self, directory, mebibytes):
        self._image = pathlib.Path(directory) / "disk.img"
        self.path = pathlib.Path(directory) / "disk"
        self.path.mkdir()
        with open(self._image, "wb") as image:
            image.truncate(mebibytes << 20)
        run("mkfs.ext4", "-q", "-m", "0", str(self._image))
        run("mount", "-o", "loop", str(self._image), str(self.path))

    def free_bytes(self):
        status = os.statvfs(self.path)
        return status.f_bavail * status.f_frsize

    def unmount(self):
        run("umount", str(self.path))
        self._image.unlink()


def run(*command):
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def mount_or_skip(test, directory, mebibytes):
    """A SmallDisk, unmounted when the test ends; skips the test where this machine does not
    allow it.
    """
    if os.geteuid() != 0:
        raise unittest.SkipTest("mounting a small disk needs root")
    try:
        disk = SmallDisk(directory, mebibytes)
    except (OSError, subprocess.SubprocessError) as error:
        raise unittest.SkipTest(
            f"no loop mount here: {getattr(error, 'stderr', None) or error}"
        ) from error
    test.addCleanup(disk.unmount)
    return disk
