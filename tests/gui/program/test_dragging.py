"""Files are dragged out of another program, with a hand on the mouse, and dropped on the window."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from profiler.io import write_trace
from tests.helpers.patience import eventually
from tests.helpers.screen import Screen, program, read_state, rect_of, screen
from tests.timeline.synthetic import pipeline

pytestmark = pytest.mark.window

SIZE = (1600, 720)
START = ("view", "--workload", "gemm", "--size", "1280x690", "--theme", "light")

#: The other program's window: above all others, for the window manager knows nothing of it.
PLACE = (1500, 620)

#: A program that has files to drag, and says when a drag begins, what who is under it would do, and how it ended.
SOURCE = """
import sys
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QWidget

class Source(QWidget):
    def mouseMoveEvent(self, event):
        data, drag = QMimeData(), QDrag(self)
        data.setUrls([QUrl.fromLocalFile(path) for path in sys.argv[3:]])
        drag.setMimeData(data)
        drag.actionChanged.connect(lambda action: print("over", action.name, flush=True))
        print("begun", flush=True)
        print("ended", drag.exec(Qt.DropAction.CopyAction).name, flush=True)

app = QApplication(sys.argv)
source = Source()
source.setWindowFlags(Qt.WindowType.X11BypassWindowManagerHint | Qt.WindowType.FramelessWindowHint)
source.setWindowTitle("source of files")
source.setGeometry(int(sys.argv[1]), int(sys.argv[2]), 80, 80)
source.show()
app.exec()
"""


@contextmanager
def source(on: Screen, *paths: Path) -> Iterator[Path]:
    """The other program while the block runs; where it writes what became of each drag."""
    said = on.folder / "said"
    command = [sys.executable, "-c", SOURCE, *map(str, PLACE), *map(str, paths)]
    with said.open("wb") as file, subprocess.Popen(command, env=on.environment, stdout=file) as process:
        try:
            eventually(lambda: bool(on.windows("source of files")), "the other program's window is there")
            yield said
        finally:
            process.terminate()


def carry(on: Screen, said: Path, to: tuple[int, int]) -> str:
    """Drag the files there, and let them go once they would be taken; what the other program was told in the end."""

    def moved(x: int, y: int, word: str) -> bool:
        """Whether the word was said after moving there; a hand is never quite still."""
        on.hand("mousemove", x + 1, y)
        on.hand("mousemove", x, y)
        return word in said.read_text().split()

    x, y = PLACE[0] + 40, PLACE[1] + 40
    on.hand("mousemove", x, y)
    on.hand("mousedown", 1)
    eventually(lambda: moved(x + 12, y, "begun"), "the drag has begun")
    for part in range(1, 11):
        on.hand("mousemove", *(round(a + (b - a) * part / 10) for a, b in zip((x, y), to, strict=True)))
    eventually(lambda: moved(*to, "CopyAction"), "the window would take the files")
    on.hand("mouseup", 1)
    eventually(lambda: "ended" in said.read_text(), "the drag has ended")
    return said.read_text().split()[-1]


def test_files_of_another_program_are_dropped_on_the_timeline_and_on_a_field(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a pipeline.parquet", "übrige#2.json", "third.parquet")]
    for path in files:
        write_trace(pipeline(), str(path))
    with screen(tmp_path, SIZE) as on:
        state = read_state(on, *START)
        with program(on, *START):
            eventually(lambda: bool(on.windows("gemm.* – Lanescope")), "the window is there, with its scenario")
            window = on.windows("Lanescope")
            for where, dropped in (("timeline lanes", files[:2]), ("workload", files[2:])):
                left, top, width, height = rect_of(state, where)
                # A drop is over for the other program before what was dropped is fetched from it.
                with source(on, *dropped) as said:
                    assert carry(on, said, (left + width // 2, top + height // 2)) == "CopyAction"
                    title = f"^{dropped[-1].name} – Lanescope"
                    eventually(lambda title=title: on.windows(title) == window, "the last file is in front")
