"""What the measurements were made on."""

import os
import platform
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

_SYNCS = 100


def description(work: Path) -> str:
    """Say when, on what machine and on what disk."""
    system = f"{platform.system()} {platform.release()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {_cores()} cores, {system}, {python}, "
        f"SQLite {sqlite3.sqlite_version}; {_file_system(work)}, "
        f"fdatasync of 4 KiB takes {_sync_milliseconds(work):.2f} ms (median of {_SYNCS}); "
        f"load average at the start {os.getloadavg()[0]:.1f}"
    )


def is_real_disk(folder: Path) -> bool:
    """Say whether a folder is on a disk, and not in memory."""
    return _file_system(folder) not in {"tmpfs", "ramfs"}


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _file_system(folder: Path) -> str:
    mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    above = [(mount[1], mount[2]) for mount in mounts if folder.resolve().is_relative_to(mount[1])]
    return max(above, key=lambda mount: len(mount[0]), default=("/", "unknown"))[1]


def _sync_milliseconds(folder: Path) -> float:
    path = folder / "sync-probe"
    with path.open("wb", buffering=0) as file:
        took = [_synced(file.fileno()) for _ in range(_SYNCS)]
    path.unlink()
    return median(took) * 1000


def _synced(descriptor: int) -> float:
    begun = time.perf_counter()
    os.write(descriptor, bytes(4096))
    os.fdatasync(descriptor)
    return time.perf_counter() - begun
