"""Which operations of one trace stand where others, of another name, stand in the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]

#: No matched operation stands there.
_NONE = -1


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of one trace in order of start.

    Attributes
    ----------
    group : int64 array
        Number of the name and category of each.
    matched : int64 array
        Places of those that have a counterpart; place i here is the counterpart of place i in the other trace.
    place : int64 array
        Where each ran. Numbers of different traces do not compare.
    groups : int
        How many groups there are in both traces together.
    """

    group: Rows
    matched: Rows
    place: Rows
    groups: int


def renamed(a: Operations, b: Operations) -> dict[int, int]:
    """Groups of ``a`` to the groups of ``b`` that took their places.

    A group without any counterpart was renamed where each of its operations stands between the same two matched
    operations, at the same distances, as an operation of the new group does. Where no matched operation stands
    before or after any of them nothing is known, and two groups that are alike in this are left apart: they stay
    removed and added.
    """
    old, new = _signatures(a), _signatures(b)
    return {old[signature]: new[signature] for signature in old.keys() & new.keys()}


def _signatures(side: Operations) -> dict[bytes, int]:
    """For each wholly unmatched group, where its operations stand; a standing that two groups share is left out."""
    number = np.full(len(side.group), _NONE, np.int64)
    number[side.matched] = np.arange(len(side.matched))
    counts = np.bincount(side.group, minlength=side.groups)
    alone = np.bincount(side.group[number == _NONE], minlength=side.groups)
    lonely = np.flatnonzero((counts > 0) & (alone == counts))
    if not len(lonely):
        return {}
    standing = _standing(side.place, number)
    found: dict[bytes, list[int]] = {}
    order = np.argsort(side.group, kind="stable")
    ends = np.cumsum(counts)
    for group in lonely.tolist():
        rows = standing[order[ends[group] - counts[group] : ends[group]]]
        if (rows[:, ::2] != _NONE).any():
            signature = rows[np.lexsort(rows.T)].tobytes()
            found.setdefault(signature, []).append(group)
    return {signature: groups[0] for signature, groups in found.items() if len(groups) == 1}


def _standing(place: Rows, number: Rows) -> Rows:
    """For each operation four numbers: the matched ones before and after it in its place, each with its distance."""
    standing = np.empty((len(place), 4), np.int64)
    by_place = np.argsort(place, kind="stable")
    standing[by_place, :2] = _before(place[by_place], number[by_place])
    standing[by_place[::-1], 2:] = _before(place[by_place[::-1]], number[by_place[::-1]])
    return standing


def _before(place: Rows, number: Rows) -> Rows:
    """Number of the last matched operation before each in a run of equal places, or `_NONE`, and its distance."""
    size = len(place)
    starts = np.flatnonzero(np.append(True, place[1:] != place[:-1]))
    first = np.repeat(starts, np.diff(np.append(starts, size)))
    last = np.maximum.accumulate(np.where(number == _NONE, -1, np.arange(size)))
    inside = last >= first
    anchor = np.where(inside, number[np.maximum(last, 0)], _NONE)
    return np.stack((anchor, np.arange(size) - np.where(inside, last, first - 1)), axis=1)
