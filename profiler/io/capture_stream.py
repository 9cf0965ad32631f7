"""The file that grows while a capture runs, from which a killed capture is recovered.

An Arrow stream of record batches, each a block of the trace as `shared_arrow` lays it out, with what is no column as
JSON under the key ``lanescope`` of the batch. Blocks number their names and tracks themselves, so that nothing written
has to be changed later. The last block of a capture that ended says so; without it the file was cut off.

    with CaptureStream("run.arrows") as stream:
        stream.append(builder.build())      # as often as events have come together
"""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from profiler.errors import OutputError, TraceReadError
from profiler.io.described import check_numbers
from profiler.io.files import opened, require_file, with_format
from profiler.io.shared_arrow import listed, unlisted
from profiler.io.sound_meta import sound_counted
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS, MISSING, Severity
from profiler.trace.tables import Trace
from profiler.trace.validate import structure

#: Arrow streams begin with this; ours have a schema with this key, which stands in the first few hundred bytes.
_CONTINUES = b"\xff\xff\xff\xff"
_MARK = b"lanescope.capture"
_KEY = b"lanescope"
_END = b"lanescope.end"


class CaptureStream:
    """Writes blocks as they come; whatever was appended is in the file when `append` returns.

    Parameters
    ----------
    path : path
        Is replaced.

    Raises
    ------
    OutputError
        The place cannot be written, or became full.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._writer: Any = None
        try:
            self._file = FileIO(path, "w")
        except OSError as error:
            raise self._unwritable(error) from error

    def append(self, block: Trace) -> None:
        """Add a block: events, and the tracks, edges, counters, statistics and metadata that are new.

        Edges count rows within the block; calls and what they launched are joined over blocks by process and
        correlation id. Metadata of later blocks replaces that of earlier ones, key by key; statistics add up.
        """
        self._write(block, {})

    def close(self) -> None:
        """Say that the capture ended."""
        if not self._file.closed:
            self._write(Trace({}), {_END: b"1"})
            try:
                self._writer.close()
                self._file.close()
            except OSError as error:
                raise self._unwritable(error) from error

    def __enter__(self) -> CaptureStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._file.close()

    def _write(self, block: Trace, more: dict[bytes, bytes]) -> None:
        import pyarrow as pa

        columns, header = listed(block)
        columns.setdefault("args.offsets", pa.array([None], pa.large_list(pa.int64())))
        columns.setdefault("args.data", pa.array([None], pa.large_list(pa.uint8())))
        batch = pa.record_batch(columns)
        try:
            if self._writer is None:
                schema = batch.schema.with_metadata({_MARK: b"1"})
                options = pa.ipc.IpcWriteOptions(compression="lz4")
                self._writer = pa.ipc.new_stream(self._file, schema, options=options)
            self._writer.write_batch(batch, custom_metadata={_KEY: header, **more})
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> OutputError:
        what = f"cannot be written: {error.strerror or error}"
        return OutputError(what, where=str(self._path), remedy="Name another place with -o.")


def sniff(head: bytes, path: Path) -> bool:
    """Whether a file that starts with ``head`` is a capture's stream."""
    return head.startswith(_CONTINUES) and _MARK in head


def read(path: str | os.PathLike[str]) -> Trace:
    """All blocks that are whole; ``stats`` has ``truncated`` where the capture did not end.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file is damaged where it begins, or no stream of a capture.
    """
    import pyarrow as pa

    found = require_file(path)
    builder, ended = TraceBuilder(), False
    try:
        with opened(found) as file, pa.ipc.open_stream(file) as stream:
            while not ended:
                try:
                    batch, metadata = stream.read_next_batch_with_custom_metadata()
                except (StopIteration, pa.ArrowException, OSError):
                    break
                batch.validate()
                _append(builder, _block(batch, metadata))
                ended = _END in metadata
    except (pa.ArrowException, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise TraceReadError(
            f"is no readable stream of a capture: {str(error)[:300]}", where=str(path), remedy="Record it again."
        ) from error
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy or "Record it again.") from error
    except MemoryError as error:
        raise TraceReadError("does not fit into memory", where=str(path), remedy="Record less at a time.") from error
    if not ended:
        builder.stats.add("truncated", Severity.DATA_LOSS)
    return with_format(builder.build(), "capture")


def _block(batch: Any, metadata: Any) -> Trace:
    empty = [name for name in ("args.offsets", "args.data") if batch[name].null_count]
    block = unlisted(batch.drop_columns(empty), metadata[_KEY])
    check_numbers(block)
    # Nothing seals a stream that may be cut off anywhere, so what its bytes say is checked.
    for finding in structure(block):
        raise TraceReadError(finding.meaning.rstrip("."))
    return block


def _append(builder: TraceBuilder, block: Trace) -> None:
    """Rows of a block under the builder's numbers of names and tracks."""
    first = len(builder)
    columns: dict[str, Any] = {name: block[name] for name in COLUMNS}
    names = np.append(builder.names(block.names), np.int32(MISSING))
    tracks = np.array([builder.track(track) for track in block.tracks], np.int32)
    columns.update(name=names[block["name"]], source_category=names[block["source_category"]])
    columns["track"] = tracks[block["track"]] if len(block) else block["track"]
    args = block.args
    texts = None if args is None else (bytes(args.data), np.diff(args.offsets))
    builder.add_block(len(block), columns, args=texts)
    edges, counters = block.edges, block.counters
    builder.add_edges(edges.source + first, edges.target + first, edges.kind)
    if len(counters):
        builder.add_counters(counters.ts, tracks[counters.track], counters.value)
    for name, severity, count in block.stats:
        builder.stats.add(name, severity, count)
    builder.meta.update(sound_counted(block.meta, builder.stats))
