"""The input files of the RDD measures, generated once; the same bytes every time."""

import os
import random
from itertools import accumulate
from pathlib import Path

SHARED = Path(os.environ.get("BENCH_DIR", "target/bench"))
WORDS_BYTES = 200_000_000
WORDS_A_LINE = 12
LINES = 5_000_000
KEYS = 100_000
"""How many keys a line of `lines` may start with; half of them are in the lookup table."""


def _write(path: Path, chunks) -> Path:
    """Writes a file beside its place first, so that a run that was stopped leaves no half of it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part")
        with half.open("w") as file:
            for chunk in chunks:
                file.write(chunk)
        half.rename(path)
    return path


def words() -> Path:
    """200 MB of lines of words, about 25 million, with frequencies as in a language."""

    def chunks():
        source = random.Random(1)
        letters = "abcdefghijklmnopqrstuvwxyz"
        vocabulary = ["".join(source.choices(letters, k=source.randint(2, 12))) for _ in range(50_000)]
        weights = list(accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))
        # Choosing among many copies takes a third of the time that choosing by weights takes.
        spread = source.choices(vocabulary, cum_weights=weights, k=1_000_000)
        size = 0
        while size < WORDS_BYTES:
            chosen = source.choices(spread, k=WORDS_A_LINE * 1000)
            lines = (" ".join(chosen[at : at + WORDS_A_LINE]) for at in range(0, len(chosen), WORDS_A_LINE))
            chunk = "\n".join(lines) + "\n"
            size += len(chunk)
            yield chunk

    return _write(SHARED / "words.txt", chunks())


def lines() -> Path:
    """Five million lines of a key and a number."""

    def chunks():
        source = random.Random(2)
        for start in range(0, LINES, 10_000):
            keys = source.choices(range(KEYS), k=10_000)
            yield "".join(f"user{key},{start + place}\n" for place, key in enumerate(keys))

    return _write(SHARED / "lines.txt", chunks())
