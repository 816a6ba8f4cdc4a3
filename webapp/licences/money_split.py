"""Sums divided without losing a fen: income among those entitled to it, and one transfer among several instalments.

Source of the shares: the law on promoting the transformation of results gives the team at least half of the net income;
the rest is the school's decision, which is why the shares are data and only their total is a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

WHOLE = 1000
SHARERS = ("team", "faculty", "school", "broker")
LEAST_TEAM = 500


def problem(shares: Mapping[str, int]) -> str:
    """What is wrong with shares in per mille: `unknown`, `negative`, `total`, `team`, or nothing."""
    if set(shares) - set(SHARERS):
        return "unknown"
    if any(share < 0 for share in shares.values()):
        return "negative"
    if sum(shares.values()) != WHOLE:
        return "total"
    return "team" if shares.get("team", 0) < LEAST_TEAM else ""


def divide(fen: int, shares: Mapping[str, int]) -> dict[str, int]:
    """The sum by shares in per mille: each gets its whole fen, what is left goes to the largest remainders, in order."""
    if fen < 0 or sum(shares.values()) != WHOLE or any(share < 0 for share in shares.values()):
        raise ValueError("shares of a sum are not negative and total the whole")
    whole = {name: fen * share // WHOLE for name, share in shares.items()}
    by_rest = sorted(shares, key=lambda name: -(fen * shares[name] % WHOLE))
    for name in by_rest[: fen - sum(whole.values())]:
        whole[name] += 1
    return whole


def allocate(fen: int, lefts: Iterable[int]) -> tuple[list[int], int]:
    """One transfer over open sums, the first one first; returns what each gets and what is left over."""
    parts = []
    for left in lefts:
        part = min(fen, left)
        parts.append(part)
        fen -= part
    return parts, fen
