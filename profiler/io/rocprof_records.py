"""What is read of rocprofv3's JSON, as types that a decoder checks; fields that are not named here are skipped.

Source of the fields: ``rocprofiler-sdk/buffer_tracing.h`` and ``agent.h`` of ROCprofiler-SDK.
"""

from __future__ import annotations

import msgspec

from profiler.trace.schema import MISSING


class Id(msgspec.Struct, frozen=True, gc=False):
    """A handle: of an agent, a queue or a stream."""

    handle: int = MISSING


class Correlation(msgspec.Struct, frozen=True, gc=False):
    """What joins work to the call that started it."""

    internal: int = MISSING


class Size(msgspec.Struct, frozen=True, gc=False):
    """Three sizes of a launch."""

    x: int = 0
    y: int = 0
    z: int = 0


class Dispatch(msgspec.Struct, frozen=True):
    """What a kernel was launched with."""

    agent_id: Id
    queue_id: Id = Id()
    kernel_id: int = MISSING
    workgroup_size: Size = Size()
    grid_size: Size = Size()
    private_segment_size: int = 0
    group_segment_size: int = 0


class Record(msgspec.Struct, frozen=True):
    """A record of any kind; the fields it does not have keep their defaults."""

    start_timestamp: int | None = None
    end_timestamp: int | None = None
    kind: int = MISSING
    operation: int = MISSING
    thread_id: int = MISSING
    correlation_id: Correlation = Correlation()
    stream_id: Id = Id()
    dispatch_info: Dispatch | None = None
    src_agent_id: Id = Id()
    dst_agent_id: Id = Id()
    bytes: int = MISSING


class Agent(msgspec.Struct, frozen=True):
    """A processor: ``type`` 1 is a CPU and 2 a GPU."""

    id: Id
    type: int = 0
    logical_node_type_id: int = MISSING
    name: str = ""
    product_name: str = ""
    cu_count: int = 0


class Symbol(msgspec.Struct, frozen=True):
    """A kernel."""

    kernel_id: int = MISSING
    kernel_name: str = ""
    formatted_kernel_name: str = ""


class Kind(msgspec.Struct, frozen=True):
    """A kind of records, and the names of its operations."""

    operations: list[str] = []


class Message(msgspec.Struct, frozen=True):
    """The text of a marker, by the correlation id of its record."""

    key: int
    value: str


class Strings(msgspec.Struct, frozen=True):
    """Texts that records have numbers for."""

    buffer_records: list[Kind] = []
    marker_api: list[Message] = []


class Metadata(msgspec.Struct, frozen=True):
    """Of a process."""

    pid: int = MISSING
    command: list[str] = []


class Process(msgspec.Struct, frozen=True):
    """What was recorded of one process."""

    metadata: Metadata = Metadata()
    agents: list[Agent] = []
    kernel_symbols: list[Symbol] = []
    strings: Strings = Strings()
    buffer_records: dict[str, list[Record] | None] = {}


class File(msgspec.Struct, frozen=True):
    """The whole file: a list of processes, or one without a list in older versions."""

    tool: list[Process] | Process = msgspec.field(name="rocprofiler-sdk-tool")
