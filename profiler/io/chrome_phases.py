"""What the letters of trace events mean, as tables by ASCII code."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def _letters(letters: bytes) -> npt.NDArray[np.bool_]:
    found = np.zeros(256, np.bool_)
    found[list(letters)] = True
    return found


COMPLETE = ord("X")
#: Begin events, on a thread and by id (old notation S, F, T, p), and their ends.
BEGINS, ENDS = _letters(b"BbS"), _letters(b"EeF")
ASYNC = _letters(b"bnSTpeF")
SLICES = _letters(b"XBbSiIRnTp")
FLOWS = _letters(b"stf")
INSTANTS = _letters(b"iIRnTp")
IGNORED = {
    **dict.fromkeys(b"NOD", "chrome_ignored_object"),
    **dict.fromkeys(b"P", "chrome_ignored_sample"),
    **dict.fromkeys(b"Vv", "chrome_ignored_memory_dump"),
}
