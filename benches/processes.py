"""What the processes under this one have cost: CPU seconds, and the engine's largest memory."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def _fields(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` after the command's name."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def descendants() -> list[int]:
    """The processes that this one has started, and theirs."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_fields(int(entry.name))[1])
            except OSError:
                continue
    found, frontier = [], [os.getpid()]
    while frontier:
        frontier = [pid for pid, parent in parents.items() if parent in frontier]
        found += frontier
    return found


def cpu_seconds() -> float:
    """CPU time of this process and of all under it, so far, with that of children that have ended."""
    total = 0
    for pid in [os.getpid(), *descendants()]:
        try:
            fields = _fields(pid)
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def peak_memory_mb() -> float:
    """The largest resident memory that one process under this one ever had: the engine's, in megabytes."""
    peak = 0
    for pid in descendants():
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        peak = max([peak, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))])
    return peak / 1024
