"""Running jobs in the status bar: the newest with its progress, all in a list, each with a button to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QToolButton, QWidget

from gui.panels.controls import named, row
from gui.panels.popup import Popup
from gui.panels.text import Elided, action_text
from gui.state.jobs import Job, JobsState
from gui.watching import Watch

_WIDTH = 110
_LEAST_TITLE = 160


class JobLine(QWidget):
    """One job: title, progress, a button that cancels it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self.title = named(Elided(), f"{name}-title")
        self.bar = named(QProgressBar(), f"{name}-progress")
        self.bar.setFixedWidth(_WIDTH)
        self.stop = named(QToolButton(), f"{name}-cancel", "Stop it.")
        self.stop.setText("✕")
        self.stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.stop.clicked.connect(self._cancel)
        self.setLayout(row(self.title, self.bar, self.stop))
        self.layout().setStretch(0, 1)

    def show_job(self, job: Job) -> None:
        """Show how far a job is; the bar moves by itself where the end is not known."""
        self._job = job
        self.title.show_text(job.title)
        if job.progress is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(job.progress * 1000))
        self.stop.setEnabled(job.cancel is not None)

    def _cancel(self) -> None:
        if self._job is not None and self._job.cancel is not None:
            self._job.cancel()


class JobsPiece(QWidget):
    """The newest running job, and how many more there are; nothing while none runs.

    Parameters
    ----------
    jobs : JobsState
    """

    def __init__(self, jobs: JobsState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "jobs")
        self._jobs = jobs
        self._line = JobLine("job")
        self._more = named(QToolButton(), "more-jobs", "All that is running.")
        self._more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._more.clicked.connect(self._open)
        self._popup = Popup(self._more, "jobs-list")
        self._listed: dict[int, JobLine] = {}
        self.setLayout(row(self._line, self._more))
        Watch(self).on(jobs.events.jobs, self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        jobs = self._jobs.jobs
        self.setVisible(bool(jobs))
        self._more.setVisible(len(jobs) > 1)
        self._more.setText(action_text(f"+{len(jobs) - 1}"))
        if jobs:
            # A message keeps the greater part of the bar.
            self._line.title.setMinimumWidth(max(_LEAST_TITLE, self.window().width() // 5))
            self._line.show_job(jobs[-1])
        if self._popup.isVisible():
            if {job.id for job in jobs} == set(self._listed):
                for job in jobs:
                    self._listed[job.id].show_job(job)
            else:
                self._open() if len(jobs) > 1 else self._popup.hide()

    def _open(self) -> None:
        self._listed = {job.id: JobLine(f"job-{job.id}") for job in self._jobs.jobs}
        for job in self._jobs.jobs:
            self._listed[job.id].show_job(job)
        self._popup.show_widgets("Running", list(self._listed.values()))
