"""Which results of workers are still looked at, and by which document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from gui.state.document import Document
from gui.workers.jobs import Pictured


class Kept:
    """Results by the documents that show them; those that nobody shows any more are forgotten.

    Parameters
    ----------
    forget : callable
        Removes the results in a folder.
    """

    def __init__(self, forget: Callable[[Path], None]) -> None:
        self._forget = forget
        self._pictures: dict[int, Pictured] = {}
        self._uses: Counter[Path] = Counter()
        self._answers: dict[str, Path] = {}

    def knows(self, document: Document) -> bool:
        """Whether a document has data."""
        return document.id in self._pictures

    def of(self, document: Document) -> Pictured:
        """Where a document's data lies."""
        return self._pictures[document.id]

    def bind(self, document: Document, pictured: Pictured) -> None:
        """Note where a document's data lies, in place of what it had."""
        self._uses[pictured.folder] += 1
        old = self._pictures.pop(document.id, None)
        self._pictures[document.id] = pictured
        self._leave(old)

    def release(self, document: Document) -> None:
        """Forget the data of a document, and every answer that was given about it."""
        self._leave(self._pictures.pop(document.id, None))
        for channel in [channel for channel in self._answers if channel.endswith(f"-{document.id}")]:
            self._forget(self._answers.pop(channel))

    def discard(self, pictured: Pictured) -> None:
        """Forget a picture unless a document shows it."""
        if not self._uses[pictured.folder]:
            self._forget(pictured.folder)

    def keep_answer(self, channel: str, folder: Path) -> None:
        """Keep the files of an answer until the next of its kind; what is mapped from the last stays valid."""
        old = self._answers.pop(channel, None)
        if old is not None:
            self._forget(old)
        self._answers[channel] = folder

    def _leave(self, pictured: Pictured | None) -> None:
        if pictured is None:
            return
        self._uses[pictured.folder] -= 1
        if not self._uses[pictured.folder]:
            del self._uses[pictured.folder]
            self._forget(pictured.folder)
