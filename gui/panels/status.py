"""Pieces of the status bar: what a file lost, what is going on, what was said, and where in time the view is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QActionGroup, QPalette
from PySide6.QtWidgets import (
    QMenu,
    QStatusBar,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

from gui.panels.controls import named
from gui.panels.job_pieces import JobsPiece
from gui.panels.popup import Popup
from gui.panels.text import Plain, action_text, shown, tooltip
from gui.state.document import Document
from gui.state.jobs import JobsState, Level
from gui.state.times import CLOCK_NAMES, instant_text
from gui.state.view import Clock, ViewState
from gui.state.workspace import Workspace
from gui.watching import Follower, Watch
from profiler.trace.schema import Severity
from profiler.units import format_ns

_LEVELS = {Level.INFO: "", Level.WARNING: "⚠ ", Level.ERROR: "✖ "}
#: Pixels between the edges of the message and its text.
_INSET = 8
_SEVERITIES = {
    Severity.INFO: "noted",
    Severity.REPAIRED: "repaired",
    Severity.DATA_LOSS: "lost",
    Severity.ERROR: "error",
}


def add_status_pieces(
    bar: QStatusBar,
    workspace: Workspace,
    view: ViewState,
    jobs: JobsState,
    reload: Callable[[Document], object] = lambda _: None,
) -> None:
    """Put all pieces into a status bar: messages at the left, the rest at the right.

    ``reload`` reads a document's file again.
    """
    bar.setSizeGripEnabled(False)
    bar.addWidget(MessagePiece(jobs), 1)
    pieces: tuple[QWidget, ...] = (
        JobsPiece(jobs),
        ChangedPiece(workspace, reload),
        LossesBadge(workspace),
        TimePiece(workspace, view),
        ClockPiece(workspace, view),
    )
    for piece in pieces:
        bar.addPermanentWidget(piece)


class _Piece(QToolButton):
    """A flat button that the keyboard reaches."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        named(self, name, tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)


class MessagePiece(_Piece):
    """The newest message; a click opens those before it.

    Parameters
    ----------
    jobs : JobsState
    """

    def __init__(self, jobs: JobsState) -> None:
        super().__init__("message", "What was said last; a click shows what was said before.")
        self._jobs = jobs
        self._popup = Popup(self, "message-history")
        self.clicked.connect(self._open)
        self.setSizePolicy(self.sizePolicy().Policy.Ignored, self.sizePolicy().Policy.Fixed)
        Watch(self).on(jobs.events.messages, self._refresh)
        self._refresh()

    def paintEvent(self, _: object) -> None:
        """Paint the text at the left, where messages are looked for; the style puts it into the middle."""
        option, painter = QStyleOptionToolButton(), QStylePainter(self)
        self.initStyleOption(option)
        text, option.text = option.text, ""
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        place = self.rect().adjusted(_INSET, 0, -_INSET, 0)
        alignment = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextHideMnemonic
        role = QPalette.ColorRole.ButtonText
        painter.drawItemText(place, alignment, option.palette, self.isEnabled(), text, role)

    def resizeEvent(self, event: object) -> None:
        """Elide anew."""
        super().resizeEvent(event)
        self._refresh()

    def _refresh(self) -> None:
        newest = self._jobs.messages[-1] if self._jobs.messages else None
        text = _LEVELS[newest.level] + shown(newest.text) if newest is not None else ""
        room = max(self.width() - 2 * _INSET, 0)
        self.setText(action_text(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)))
        self.setToolTip(tooltip(newest.text if newest is not None else "Nothing was said yet."))
        self.setAccessibleDescription(text)
        self.setEnabled(newest is not None)

    def _open(self) -> None:
        lines: list[QWidget] = []
        for message in reversed(self._jobs.messages):
            line = Plain(_LEVELS[message.level] + shown(message.text, 1000), wrap=True)
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            lines.append(line)
        self._popup.show_widgets("Messages, the newest first", lines)


class ChangedPiece(_Piece):
    """Offers to read the active file again when it is not the one any more that was read.

    Parameters
    ----------
    workspace : Workspace
    reload : callable
        Gets the document.
    """

    def __init__(self, workspace: Workspace, reload: Callable[[Document], object]) -> None:
        super().__init__("reload-changed", "The file is not the one any more that was read. What is drawn stays.")
        self._reload = reload
        self.setText("⟳ File changed: reload")
        self.clicked.connect(self._clicked)
        self._follower = Follower(self, workspace, ("changed_on_disk",), self._refresh)
        self._refresh()

    def _clicked(self) -> None:
        if self._follower.document is not None:
            self._reload(self._follower.document)

    def _refresh(self) -> None:
        document = self._follower.document
        self.setVisible(document is not None and document.changed_on_disk)


class LossesBadge(_Piece):
    """What the import of the active file met; hidden where there is nothing to say.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__("losses", "What the import of this file met; a click lists it.")
        self._popup = Popup(self, "losses-list")
        self.clicked.connect(self._open)
        self._follower = Follower(self, workspace, ("timeline",), self._refresh)
        self._refresh()

    def _entries(self) -> list[tuple[str, Severity, int]]:
        document = self._follower.document
        if document is None or document.trace is None:
            return []
        return sorted(document.trace.stats, key=lambda entry: (-entry[1], entry[0]))

    def _refresh(self) -> None:
        entries = self._entries()
        worst = max((severity for _, severity, _ in entries), default=Severity.INFO)
        records = sum(count for _, severity, count in entries if severity == worst)
        sign = "⚠ " if worst >= Severity.DATA_LOSS else ""
        self.setText(f"{sign}import: {records:,} {_SEVERITIES[worst]}")
        self.setAccessibleDescription(self.text())
        self.setVisible(bool(entries))

    def _open(self) -> None:
        lines: list[QWidget] = [
            Plain(f"{count:,}  {shown(name.replace('_', ' '), 200)}  ({_SEVERITIES[severity]})", wrap=True)
            for name, severity, count in self._entries()
        ]
        self._popup.show_widgets("What the import met, the worst first", lines)


class TimePiece(Plain):
    """How much of time is seen, and which instant the pointer is on.

    Parameters
    ----------
    workspace : Workspace
    view : ViewState
    """

    def __init__(self, workspace: Workspace, view: ViewState) -> None:
        super().__init__(role="muted")
        named(self, "view-time", "How much of time is seen, and the instant under the pointer.")
        self._workspace, self._view = workspace, view
        watch = Watch(self)
        for field in ("shown", "pointer_ns", "clock", "marks"):
            watch.on(view.events[field], self._refresh)
        watch.on(workspace.activated, self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        view = self._view
        if not len(self._workspace):
            self.setText("")
            return
        text = f"{format_ns(view.span_ns)} in view"
        if view.pointer_ns is not None:
            text = f"{instant_text(view.pointer_ns, view, self._workspace)}  ·  {text}"
        self.setText(text)


class ClockPiece(_Piece):
    """From where times count; a click offers the others.

    Parameters
    ----------
    workspace : Workspace
    view : ViewState
    """

    def __init__(self, workspace: Workspace, view: ViewState) -> None:
        super().__init__("clock", "From where times are counted.")
        self._view, self._workspace = view, workspace
        self._menu = named(QMenu(self), "clock-menu")
        self._group = QActionGroup(self)
        self._actions: dict[object, QAction] = {}
        for clock, title in CLOCK_NAMES.items():
            action = self._actions[clock] = self._menu.addAction(f"Times {title}")
            action.setCheckable(True)
            self._group.addAction(action)
            action.triggered.connect(lambda checked=False, clock=clock: setattr(view, "clock", clock))
        self.clicked.connect(self._open)
        watch = Watch(self)
        watch.on(view.events.clock, self._refresh)
        watch.on(view.events.marks, self._refresh)
        watch.on(workspace.activated, self._refresh)
        self._refresh()

    def _open(self) -> None:
        self._menu.popup(self.mapToGlobal(QPoint(0, -self._menu.sizeHint().height())))

    def _refresh(self) -> None:
        self.setText(f"{CLOCK_NAMES[self._view.clock]} ▴")
        self.setVisible(bool(len(self._workspace)))
        for clock, action in self._actions.items():
            action.setChecked(clock is self._view.clock)
            action.setEnabled(clock is not Clock.MARK or bool(self._view.marks))
