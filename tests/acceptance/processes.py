"""Which processes are there, as Linux's /proc tells."""

from pathlib import Path


def is_running(pid: int) -> bool:
    """Say whether a process is there, and not just its entry in the table."""
    fields = _stat(pid)
    return bool(fields) and fields[0] != "Z"


def descendants(pid: int) -> list[int]:
    """Find the children of a process, theirs, and so on."""
    numbers = [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]
    children = [number for number in numbers if (fields := _stat(number)) and int(fields[1]) == pid]
    return children + [deeper for child in children for deeper in descendants(child)]


def _stat(pid: int) -> list[str]:
    """Read state, parent and what follows; nothing if the process is gone. Its name may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []
