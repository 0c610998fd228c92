"""What a process and its children use, as Linux's /proc tells."""

import os
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its descendants."""
    return sum(_resident(number) for number in [pid, *_descendants(pid)])


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and its descendants have used."""
    ticks = sum(sum(map(int, _stat(number)[11:13])) for number in [pid, *_descendants(pid)])
    return ticks / _TICKS_PER_SECOND


def _resident(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") if fields else 0


def _descendants(pid: int) -> list[int]:
    numbers = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    children = [number for number in numbers if (fields := _stat(number)) and int(fields[1]) == pid]
    return children + [deeper for child in children for deeper in _descendants(child)]


def _stat(pid: int) -> list[str]:
    """Read the fields from the state on; none if the process is gone. The name before may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []
