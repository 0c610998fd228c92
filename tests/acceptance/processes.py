"""Processes of this computer, read from Linux's /proc."""

from pathlib import Path


def is_running(pid: int) -> bool:
    """Return whether a process runs. A zombie does not."""
    fields = _read_stat(pid)
    return bool(fields) and fields[0] != "Z"


def descendants(pid: int) -> list[int]:
    """Return the children of a process, their children, and so on."""
    numbers = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    children = [number for number in numbers if (fields := _read_stat(number)) and int(fields[1]) == pid]
    return children + [deeper for child in children for deeper in descendants(child)]


def _read_stat(pid: int) -> list[str]:
    """Return state, parent and later fields; empty if the process is gone. The name may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []
