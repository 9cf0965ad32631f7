"""Which messages of Qt reach the user."""

from __future__ import annotations

import subprocess
import sys

from tests.helpers.patience import PATIENCE_S

SCRIPT = """
from PySide6.QtCore import QLoggingCategory, qCWarning, qDebug, qWarning
from gui.qt_messages import without_noise
with without_noise():
    qWarning("This plugin does not support propagateSizeHints()")
    qWarning("something else: 100 %")
    qCWarning(QLoggingCategory("qt.some"), "of a category")
    qDebug("a detail")
qWarning("This plugin does not support propagateSizeHints()")
"""


def test_only_the_known_noise_is_dropped_and_only_meanwhile() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "something else: 100 %",
        "qt.some: of a category",
        "a detail",
        "This plugin does not support propagateSizeHints()",
    ]
