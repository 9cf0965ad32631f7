"""A closed file gives back what it held: its columns are mapped as long as anything in the window looks at them."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from gui.state.document import Document
from profiler.io import write_trace
from tests.gui.panels.traces import two_gpus, with_communication
from tests.gui.program.conftest import Start, settle


@pytest.mark.parametrize("others", [0, 1])
def test_nothing_of_a_closed_file_stays(start: Start, qtbot: Any, tmp_path: Path, others: int) -> None:
    write_trace(two_gpus(), tmp_path / "a.parquet")
    write_trace(with_communication(), tmp_path / "b.parquet")
    application = start(tmp_path / "a.parquet", *[tmp_path / "b.parquet"] * others)
    session, window = application.session, application.window
    assert window is not None
    for name, _ in window.docks:
        window.docks.reveal(name)
        settle(application, qtbot)
    document: Document | None = next(iter(session.workspace))
    assert document is not None
    session.search.query = "e"
    settle(application, qtbot)
    application._parts.jumper.to_slice(document.id, 1)
    session.view.add_mark(5)
    settle(application, qtbot)
    # As the program does a while after its start: what is in a cycle by then is never looked at again.
    gc.freeze()
    held = [weakref.ref(thing) for thing in (document, document.trace, document.timeline)]
    session.workspace.remove(document)
    document = None
    settle(application, qtbot)
    gc.collect()
    gc.unfreeze()
    assert [thing() for thing in held] == [None] * 3
