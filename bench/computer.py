"""The computer that the measurements run on."""

import os
import platform
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

_SYNCS = 100


def describe_computer(work: Path) -> str:
    """Return a line with the time, the computer and the disk of the folder `work`."""
    system = f"{platform.system()} {platform.release()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {_count_cores()} cores, {system}, {python}, "
        f"SQLite {sqlite3.sqlite_version}; {_find_file_system(work)}, "
        f"fdatasync of 4 KiB takes {_measure_sync_ms(work):.2f} ms (median of {_SYNCS}); "
        f"load average at the start {os.getloadavg()[0]:.1f}"
    )


def is_real_disk(folder: Path) -> bool:
    """Return whether a folder is on a disk rather than in memory."""
    return _find_file_system(folder) not in {"tmpfs", "ramfs"}


def _count_cores() -> int:
    return len(os.sched_getaffinity(0))


def _find_file_system(folder: Path) -> str:
    mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    above = [(mount[1], mount[2]) for mount in mounts if folder.resolve().is_relative_to(mount[1])]
    return max(above, key=lambda mount: len(mount[0]), default=("/", "unknown"))[1]


def _measure_sync_ms(folder: Path) -> float:
    path = folder / "sync-probe"
    with path.open("wb", buffering=0) as file:
        seconds = [_time_sync(file.fileno()) for _ in range(_SYNCS)]
    path.unlink()
    return median(seconds) * 1000


def _time_sync(descriptor: int) -> float:
    begun = time.perf_counter()
    os.write(descriptor, bytes(4096))
    os.fdatasync(descriptor)
    return time.perf_counter() - begun
