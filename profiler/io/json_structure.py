"""Where the brackets and commas of a JSON text stand, found without decoding it.

This is the slow and sure way to cut a text into events: every quote, escape and bracket is looked at. The reader
takes it only where a quick cut did not decode.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiler.errors import TraceReadError

Places = npt.NDArray[np.int64]

_OPEN, _CLOSE, _QUOTE, _ESCAPE = b"{[", b"}]", ord('"'), ord("\\")
_SPACE = b" \t\r\n"

#: Brackets looked at together.
_AT_ONCE = 1 << 20

_STEP = np.zeros(256, np.int8)
_STEP[list(_OPEN)] = 1
_STEP[list(_CLOSE)] = -1


@dataclass(frozen=True, slots=True)
class Structure:
    """Brackets of a text that starts outside of any string.

    Attributes
    ----------
    places : int64 array
        Offsets of brackets of both kinds that are not inside strings.
    depths : int32 array
        Depth after each; the text starts at 0.
    quotes : int64 array
        Offsets of quotes that open (even places) and close (odd places) strings.
    """

    places: Places
    depths: npt.NDArray[np.int32]
    quotes: Places

    def in_string(self, offset: int) -> bool:
        """Whether the byte at ``offset`` lies within a string."""
        return bool(np.searchsorted(self.quotes, offset) % 2)

    def depth_before(self, offset: int) -> int:
        """Depth of the byte at ``offset``."""
        found = int(np.searchsorted(self.places, offset))
        return int(self.depths[found - 1]) if found else 0


def structure_of(text: bytes) -> Structure:
    """The brackets of ``text``."""
    raw = np.frombuffer(text, np.uint8)
    quotes = _unescaped(raw, np.flatnonzero(raw == _QUOTE))
    places = np.flatnonzero(_STEP[raw])
    outside = np.empty(len(places), np.bool_)
    for first in range(0, len(places), _AT_ONCE):  # a text of nothing but brackets takes 20 bytes for each as it is
        some = slice(first, first + _AT_ONCE)
        outside[some] = np.searchsorted(quotes, places[some]) % 2 == 0
    if not outside.all():
        places = places[outside]
    return Structure(places, np.cumsum(_STEP[raw[places]], dtype=np.int32), quotes)


@dataclass(frozen=True, slots=True)
class Elements:
    """Elements of an array whose text was read from just after its bracket.

    Attributes
    ----------
    texts : list of bytes
        Whole elements that are objects.
    others : int
        Elements that are no objects.
    rest : int
        Offset of what was not used: an element that is not whole, or what follows the array.
    ended : bool
        Whether the array's closing bracket was met; ``rest`` then lies after it.
    """

    texts: list[bytes]
    others: int
    rest: int
    ended: bool


def elements_of(text: bytes, *, offset: int) -> Elements:
    """The whole elements at the start of ``text``, which begins between two elements of an array.

    Parameters
    ----------
    text : bytes
    offset : int
        Where in the file the text begins, for messages.

    Raises
    ------
    TraceReadError
        Something that is no JSON stands between two elements.
    """
    found = structure_of(text)
    ending = np.flatnonzero(found.depths < 0)
    until = int(ending[0]) if len(ending) else len(found.places)
    closing = np.flatnonzero(found.depths[:until] == 0)
    opening = np.concatenate(([0], closing[:-1] + 1)) if len(closing) else closing
    texts, others, last = [], 0, 0
    for first, final in zip(found.places[opening].tolist(), found.places[closing].tolist(), strict=True):
        others += _between(text[last:first], offset + last)
        if text[first] != _OPEN[0]:
            others += 1
        else:
            texts.append(text[first : final + 1])
        last = final + 1
    if not len(ending):
        return Elements(texts, others, last, False)
    end = int(found.places[until])
    others += _between(text[last:end], offset + last)
    if text[end] != ord("]"):
        raise _stray(text[end : end + 1], offset + end)
    return Elements(texts, others, end + 1, True)


def _unescaped(raw: npt.NDArray[np.uint8], quotes: Places) -> Places:
    """Quotes with an even number of backslashes right before them."""
    slashes = np.flatnonzero(raw == _ESCAPE)
    if not len(slashes):
        return quotes
    run_starts = slashes[np.flatnonzero(np.diff(slashes, prepend=-2) != 1)]
    after = np.flatnonzero((raw[quotes - 1] == _ESCAPE) & (quotes > 0))
    run = run_starts[np.searchsorted(run_starts, quotes[after]) - 1]
    escaped = after[(quotes[after] - run) % 2 == 1]
    return np.delete(quotes, escaped)


def _between(text: bytes, offset: int) -> int:
    """How many elements that are no objects stand between two brackets: ``null`` is let pass, rubbish is not."""
    words = [word.strip(_SPACE) for word in text.split(b",")]
    strays = [word for word in words if word not in (b"", b"null")]
    if strays:
        raise _stray(strays[0], offset)
    return sum(word == b"null" for word in words)


def _stray(word: bytes, offset: int) -> TraceReadError:
    shown = word[:40].decode("utf-8", "replace")
    return TraceReadError(
        f"is not JSON: {shown!r} stands between two events near byte {offset} of the text",
        remedy="Record or export the trace again.",
    )
