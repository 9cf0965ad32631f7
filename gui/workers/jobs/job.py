"""What every job says of itself, and where each kind of them is defined."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

#: Rows of a table that are handed over: more take longer to receive and to put in order than a person notices.
MOST_ROWS = 10_000


class Job(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something to be done.

    Attributes
    ----------
    role : str
        Which workers do it: a key of `gui.workers.roles.ROLES`.
    task : str
        ``module:function`` in `gui.workers.tasks`.
    result : type
        What comes back.
    quick : bool
        Done in a moment: when a newer one comes it is finished and shown all the same.
    files : bool
        Whether the result names files, which stay until they are forgotten.
    writes : bool
        Writes to a place of the user's: gets the time to take back what it has begun when it is wanted no more.
    """

    role: ClassVar[str] = "side"
    task: ClassVar[str] = ""
    result: ClassVar[Any] = None
    quick: ClassVar[bool] = False
    files: ClassVar[bool] = False
    writes: ClassVar[bool] = False

    def size(self) -> int:
        """About how many bytes its results take."""
        return 0

    def what(self) -> str | None:
        """What it was about, for an error message; None where there is nothing to name."""
        return None
