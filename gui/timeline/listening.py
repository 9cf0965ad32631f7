"""Connections from observable state to a widget that end with the widget."""

from __future__ import annotations

from collections.abc import Callable

from psygnal import SignalInstance
from PySide6.QtCore import QObject


class Listening:
    """Connects signals of the state to methods of a widget, until Qt destroys it.

    State lives longer than widgets: a connection that is left behind would call into an object that is gone.
    """

    def __init__(self, owner: QObject) -> None:
        self._connections: list[tuple[SignalInstance, Callable[[], object]]] = []
        connections = self._connections

        def end() -> None:
            while connections:
                signal, slot = connections.pop()
                signal.disconnect(slot, missing_ok=True)

        owner.destroyed.connect(end)

    def __call__(self, signal: SignalInstance, slot: Callable[[], object]) -> None:
        """Call ``slot`` without arguments whenever the signal is emitted."""

        def called() -> None:
            slot()

        signal.connect(called)
        self._connections.append((signal, called))
