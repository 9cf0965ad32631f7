"""Moves a slider by itself, so that a person sees what happens before touching anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QPushButton

#: How long each step is seen, and how often it is looked whether it is there to be seen.
_STEP_MS = 320
_LOOK_MS = 40


class DemoPlayer(QObject):
    """Goes through steps, each seen for a moment before the next.

    Parameters
    ----------
    steps : sequence of int
    take : callable
        Gets each step.
    is_shown : callable
        Whether the step taken last is seen by now: a slow machine plays slower, and skips nothing.
    button : QPushButton
        Says what a press would do.
    """

    def __init__(
        self,
        steps: Sequence[int],
        take: Callable[[int], object],
        is_shown: Callable[[], bool],
        button: QPushButton,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._steps, self._take, self._is_shown, self._button = tuple(steps), take, is_shown, button
        self._place = 0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._advance)

    @property
    def is_playing(self) -> bool:
        """Whether another step will come by itself."""
        return self._timer.isActive()

    def start(self) -> None:
        """From the first step on."""
        self._place = 0
        self._take(self._steps[0])
        self._timer.start(_STEP_MS)
        self._button.setText("■ Stop")

    def stop(self) -> None:
        """Stay at the step that is seen."""
        self._timer.stop()
        self._button.setText("▶ Play")

    def _advance(self) -> None:
        if not self._is_shown():
            self._timer.start(_LOOK_MS)
            return
        self._place += 1
        if self._place >= len(self._steps):
            self.stop()
            return
        self._take(self._steps[self._place])
        self._timer.start(_STEP_MS)
