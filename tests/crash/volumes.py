"""File systems on loop devices that can be shut down: what was not synced is gone, as after a power
cut. Needs root.
"""

import ctypes
import fcntl
import os
import pathlib
import struct
import subprocess

FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32); XFS_IOC_GOINGDOWN is the same
LOG_FLUSHED = 1  # the file system's own journal still reaches the disk, data does not
LOG_LOST = 2
IMAGE_BYTES = 1 << 30  # sparse; the server wants room for segments, ballast and low-water mark
MINUTE = 60

# Name of a kind: how it is made and mounted.
KINDS = {
    "ext4": (("mkfs.ext4", "-q", "-m", "0"), "loop"),
    "ext4-writeback": (("mkfs.ext4", "-q", "-m", "0"), "loop,data=writeback"),
    "xfs": (("mkfs.xfs", "-q"), "loop"),
}

CLONE_NEWNS = 0x00020000
MS_REC_PRIVATE = 0x4000 | 1 << 18


def run(*command):
    subprocess.run(command, check=True, capture_output=True, timeout=MINUTE)


def private_mounts():
    """From here on mounts are this process's and its children's alone, and go with the last of
    them, however that ends.
    """
    if os.geteuid() != 0:
        return  # nothing can be mounted either
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None):
        raise OSError(ctypes.get_errno(), "no mount namespace of its own")


class Volume:
    """One file system, mounted at `path` below `directory`."""

    def __init__(self, directory, kind):
        make, self._options = KINDS[kind]
        self.kind = kind
        self._image = pathlib.Path(directory) / f"{kind}.img"
        self.path = pathlib.Path(directory) / kind
        self.path.mkdir()
        with open(self._image, "wb") as image:
            image.truncate(IMAGE_BYTES)
        run(*make, str(self._image))
        self._mount()

    def _mount(self):
        run("mount", "-o", self._options, str(self._image), str(self.path))

    def shut_down(self, how):
        """Nothing more is read or written; only an unmount is possible."""
        directory = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.ioctl(directory, FS_IOC_SHUTDOWN, struct.pack("I", how))
        finally:
            os.close(directory)

    def remount(self):
        """What the disk has after all: the file system recovers by its own journal."""
        run("umount", str(self.path))
        self._mount()

    def close(self):
        run("umount", str(self.path))
        self._image.unlink()


def why_not(directory, kind):
    """None, or what this machine lacks for such volumes."""
    if os.geteuid() != 0:
        return "mounting needs root"
    try:
        volume = Volume(directory, kind)
    except FileNotFoundError as error:
        return f"{error.filename} is not installed"
    except subprocess.SubprocessError as error:
        text = getattr(error, "stderr", None) or b""
        return f"no loop mount of {kind} here: {text.decode(errors='replace').strip() or error}"
    try:
        volume.shut_down(LOG_LOST)
    except OSError as error:
        return f"{kind} cannot be shut down here: {error}"
    finally:
        volume.close()
        volume.path.rmdir()
    return None
