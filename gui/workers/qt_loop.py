"""Qt's event loop as the pool of workers wants it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

from gui.workers.loop import Callback, Watched


class QtLoop(QObject):
    """Qt's event loop as the pool wants it: sockets are watched, nothing is polled."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notifiers: dict[int, QSocketNotifier] = {}

    def watch(self, source: Watched, arrived: Callback) -> None:
        """Call ``arrived`` whenever there is something to receive."""
        notifier = QSocketNotifier(source.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(lambda *_: arrived())
        self._notifiers[id(source)] = notifier

    def unwatch(self, source: Watched) -> None:
        """Call no more."""
        notifier = self._notifiers.pop(id(source), None)
        if notifier is not None:
            notifier.setEnabled(False)
            notifier.deleteLater()

    def later(self, seconds: float, call: Callback) -> None:
        """Call once, so much later, unless the loop is closed by then."""
        timer = QTimer(self, singleShot=True)
        timer.timeout.connect(timer.deleteLater)
        timer.timeout.connect(lambda: call())
        timer.start(round(seconds * 1000))

    def close(self) -> None:
        """Call nobody any more."""
        for timer in self.findChildren(QTimer):
            timer.stop()
