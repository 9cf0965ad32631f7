"""Listening to state for as long as a widget lives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from psygnal import SignalInstance
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from gui.state.document import Document
from gui.state.workspace import Workspace

Listener = Callable[..., Any]


class Watch:
    """What a widget listens to; all of it ends with the widget.

    Parameters
    ----------
    owner : QObject
        The widget. Its destruction is the latest end.
    """

    def __init__(self, owner: QObject) -> None:
        self._heard: list[tuple[SignalInstance, Listener]] = []
        # A bound method would be held weakly, and a watch may be known to nobody else.
        owner.destroyed.connect(lambda *_: self.end())

    def on(self, signal: SignalInstance, call: Callable[[], Any]) -> None:
        """Call ``call`` without arguments whenever ``signal`` is emitted."""

        def listener() -> None:
            call()

        signal.connect(listener, max_args=0)
        self._heard.append((signal, listener))

    def end(self) -> None:
        """Stop listening. Safe to call twice."""
        for signal, listener in self._heard:
            with suppress(ValueError):
                signal.disconnect(listener)
        self._heard.clear()


class Follower:
    """Calls a function whenever another document becomes active or the active one changes in what matters.

    Parameters
    ----------
    owner : QObject
        The widget that listens.
    workspace : Workspace
    fields : sequence of str
        Events of `Document` that matter.
    call : callable
        Without arguments; read ``document``.
    """

    def __init__(self, owner: QObject, workspace: Workspace, fields: tuple[str, ...], call: Callable[[], Any]) -> None:
        self._workspace = workspace
        self._fields = fields
        self._call = call
        self._mine = Watch(owner)
        self._its = Watch(owner)
        self._mine.on(workspace.activated, self._activated)
        self._attach()

    @property
    def document(self) -> Document | None:
        """The active document."""
        return self._workspace.active

    def _activated(self) -> None:
        self._its.end()
        self._attach()
        self._call()

    def _attach(self) -> None:
        document = self._workspace.active
        if document is not None:
            for field in self._fields:
                self._its.on(document.events[field], self._call)


class WhenSeen(QObject):
    """Does something whenever it is asked to and its widget is seen; else once it is seen again.

    A panel behind a tab costs nothing while the view moves.

    Parameters
    ----------
    widget : QWidget
    call : callable
    """

    def __init__(self, widget: QWidget, call: Callable[[], Any]) -> None:
        super().__init__(widget)
        self._widget, self._call = widget, call
        self._due = False
        widget.installEventFilter(self)

    def __call__(self) -> None:
        """Ask for it."""
        if self._widget.isVisible():
            self._due = False
            self._call()
        else:
            self._due = True

    def make_up(self) -> None:
        """Do what was put off, if anything was."""
        if self._due:
            self._due = False
            self._call()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Make up for what was put off."""
        if event.type() == QEvent.Type.Show:
            self.make_up()
        return False
