"""What Qt writes to standard error, without lines that no user can do anything about."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from PySide6.QtCore import QMessageLogContext, QtMsgType, qFormatLogMessage, qInstallMessageHandler

#: Written for every window on platforms without a window manager, such as offscreen: none there takes hints at sizes.
_NOISE = frozenset({"This plugin does not support propagateSizeHints()"})


@contextmanager
def without_noise() -> Iterator[None]:
    """Meanwhile known noise of Qt is dropped; every other message is written as Qt writes it."""
    qInstallMessageHandler(_tell)
    try:
        yield
    finally:
        # A handler in Python must not be called while the interpreter ends.
        qInstallMessageHandler(None)


def _tell(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if message in _NOISE or sys.stderr is None:
        return
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{qFormatLogMessage(kind, context, message)}\n")
        sys.stderr.flush()
