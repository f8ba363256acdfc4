"""The files of a case, in the directory that the runner gives it (CASE_DIR)."""

import itertools
import os

_FIRST_TIME = 1_700_000_000
_count = itertools.count()


def path(*parts):
    """A path inside the case's directory."""
    return os.path.join(os.environ["CASE_DIR"], *parts)


def write(name, *lines):
    """Write lines to a file in one step; each file is a second younger than the one before, so that their order is certain."""
    target = path(name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    hidden = os.path.join(os.path.dirname(target), "." + os.path.basename(target))
    with open(hidden, "w", encoding="utf-8", newline="") as file:
        file.writelines(line + "\n" for line in lines)
    moment = _FIRST_TIME + next(_count)
    os.utime(hidden, (moment, moment))
    os.rename(hidden, target)
    return target


def files(name, hidden=False):
    """The names of all files under a directory, sorted."""
    top = path(name)
    found = []
    for folder, _, names in os.walk(top):
        found += [os.path.relpath(os.path.join(folder, n), top) for n in names]
    return sorted(n for n in found if hidden or not os.path.basename(n).startswith("."))
