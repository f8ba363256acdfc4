"""HyperLogLog: how many distinct elements there are, from the longest runs of zeros in their hashes.

A hash's first bits choose one of `2 ** precision` registers, which keeps the largest rank seen: the place of the first
one bit among the hash's remaining bits. Only registers that are not zero are stored, so high precision costs nothing for
few elements. The estimate is that of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017),
which has no bias at any cardinality and so needs no table of corrections.
"""

import math
from collections.abc import Iterable
from typing import Any

from firesteel.classic.tasks.partitioner import require_hash_seed, seeded_hash

HASH_BITS = 64
MASK = (1 << HASH_BITS) - 1
ALPHA = 0.5 / math.log(2)

Registers = dict[int, int]


def precision_of(relative_deviation: float) -> int:
    """How many bits of the hash choose the register, for a relative standard deviation of the estimate."""
    return max(4, math.ceil(2 * math.log2(1.054 / relative_deviation)))


def sketched(precision: int, _split: int, elements: Iterable[Any]) -> list[Registers]:
    """The registers of a partition."""
    require_hash_seed()
    rest_bits = HASH_BITS - precision
    rest_mask = (1 << rest_bits) - 1
    registers: Registers = {}
    for element in elements:
        mixed = mix(seeded_hash(element))
        rank = rest_bits - (mixed & rest_mask).bit_length() + 1
        register = mixed >> rest_bits
        if rank > registers.get(register, 0):
            registers[register] = rank
    return [registers]


def mix(number: int) -> int:
    """Spreads the bits of a hash, which for integers is the integer itself; the last steps of SplitMix64."""
    number = (number + 0x9E3779B97F4A7C15) & MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)


def merge(sketches: Iterable[Registers]) -> Registers:
    """The registers of all partitions."""
    merged: Registers = {}
    for registers in sketches:
        for register, rank in registers.items():
            if rank > merged.get(register, 0):
                merged[register] = rank
    return merged


def estimate(precision: int, registers: Registers) -> float:
    """How many distinct elements the registers have seen."""
    size = 1 << precision
    rank_max = HASH_BITS - precision + 1
    counts = [0] * (rank_max + 1)
    counts[0] = size - len(registers)
    for rank in registers.values():
        counts[rank] += 1
    z = size * _tau(1 - counts[rank_max] / size)
    for count in reversed(counts[1:rank_max]):
        z = 0.5 * (z + count)
    z += size * _sigma(counts[0] / size)
    return ALPHA * size * size / z


def _sigma(x: float) -> float:
    """`x + sum of x ** (2 ** k) * 2 ** (k - 1)` for k from 1."""
    if x == 1:
        return math.inf
    power, total, before = 1.0, x, -1.0
    while total != before:
        before = total
        x *= x
        total += x * power
        power *= 2
    return total


def _tau(x: float) -> float:
    """`(1 - x - sum of (1 - x ** (2 ** -k)) ** 2 * 2 ** -k) / 3` for k from 1."""
    if x in (0, 1):
        return 0.0
    power, total, before = 1.0, 1 - x, -1.0
    while total != before:
        before = total
        x = math.sqrt(x)
        power *= 0.5
        total -= (1 - x) ** 2 * power
    return total / 3
