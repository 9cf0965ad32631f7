"""Makes what a picture needs and takes long to make, unions and counters, beside the thread that paints."""

from __future__ import annotations

from threading import Thread

from PySide6.QtCore import QObject, Qt, Signal

from profiler.timeline.frame_groups import Wanted, make_wanted
from profiler.timeline.model import Timeline


class Coverer(QObject):
    """Makes one thing at a time; ``done`` is emitted in the thread of the window when it can be drawn."""

    done = Signal()
    _made = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thread: Thread | None = None
        self._made.connect(self._finish, Qt.ConnectionType.QueuedConnection)

    @property
    def idle(self) -> bool:
        """Whether nothing is being made."""
        return self._thread is None

    def want(self, timeline: Timeline, wanted: Wanted) -> None:
        """Make it, unless something is being made: it will be asked for again by the picture that follows."""
        if self._thread is None:
            # A daemon: the end of the program does not wait for a picture that nobody will see.
            self._thread = Thread(target=self._make, args=(timeline, wanted), daemon=True, name="lanescope-cover")
            self._thread.start()

    def _make(self, timeline: Timeline, wanted: Wanted) -> None:
        make_wanted(timeline, wanted)
        try:
            self._made.emit()
        except RuntimeError:
            return  # the window was closed meanwhile

    def _finish(self) -> None:
        if self._thread is not None:
            self._thread.join()
        self._thread = None
        self.done.emit()
