"""Memory and processor time of a process and its descendants, from Linux's /proc."""

import os
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its descendants."""
    return sum(_read_resident_bytes(number) for number in [pid, *_find_descendants(pid)])


def cpu_seconds(pid: int) -> float:
    """Return the processor time used by a process and its descendants."""
    ticks = sum(sum(map(int, _read_stat(number)[11:13])) for number in [pid, *_find_descendants(pid)])
    return ticks / _TICKS_PER_SECOND


def _read_resident_bytes(pid: int) -> int:
    fields = _read_stat(pid)
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") if fields else 0


def _find_descendants(pid: int) -> list[int]:
    numbers = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    children = [number for number in numbers if (fields := _read_stat(number)) and int(fields[1]) == pid]
    return children + [deeper for child in children for deeper in _find_descendants(child)]


def _read_stat(pid: int) -> list[str]:
    """Return the fields after the name, which may hold any character; empty if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []
