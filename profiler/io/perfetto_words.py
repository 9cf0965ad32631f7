"""Field numbers of Perfetto's messages that are read or written here.

Source: ``protos/perfetto/trace/perfetto_trace.proto`` in google/perfetto, Apache-2.0.
"""

from __future__ import annotations


class Packet:
    """TracePacket."""

    CLOCK_SNAPSHOT = 6
    TIMESTAMP = 8
    SEQUENCE = 10
    TRACK_EVENT = 11
    INTERNED = 12
    FLAGS = 13
    CLEARED = 41
    DROPPED = 42
    PROCESS = 43
    THREAD = 44
    COMPRESSED = 50
    GPU_STAGE = 53
    CLOCK = 58
    DEFAULTS = 59
    TRACK = 60
    #: Of the range that TracePacket keeps for extensions, which every other reader skips.
    OWN_HEADER = 1990
    OWN_ROW = 1991


class Event:
    """TrackEvent."""

    DELTA_US = 1
    CATEGORY_IIDS = 3
    ANNOTATIONS = 4
    LEGACY = 6
    TYPE = 9
    NAME_IID = 10
    TRACK = 11
    ABSOLUTE_US = 16
    CATEGORIES = 22
    NAME = 23
    COUNTER = 30
    FLOWS_OLD = 36
    ENDED_FLOWS_OLD = 42
    DOUBLE_COUNTER = 44
    FLOWS = 47
    ENDED_FLOWS = 48


class Kind:
    """TrackEvent.Type."""

    BEGIN = 1
    END = 2
    INSTANT = 3
    COUNTER = 4


class Legacy:
    """TrackEvent.LegacyEvent."""

    NAME_IID = 1
    PHASE = 2
    DURATION_US = 3


class Descriptor:
    """TrackDescriptor."""

    UUID = 1
    NAME = 2
    PROCESS = 3
    THREAD = 4
    PARENT = 5
    COUNTER = 8
    STATIC_NAME = 10
    ATRACE_NAME = 13


class Process:
    """ProcessDescriptor."""

    PID = 1
    NAME = 6


class Thread:
    """ThreadDescriptor."""

    PID = 1
    TID = 2
    NAME = 5
    REFERENCE_US = 6


class Annotation:
    """DebugAnnotation."""

    NAME_IID = 1
    BOOL = 2
    UINT = 3
    INT = 4
    DOUBLE = 5
    STRING = 6
    POINTER = 7
    NESTED = 8
    JSON = 9
    NAME = 10
    DICT = 11
    ARRAY = 12
    STRING_IID = 17
    #: Ours, skipped by every other reader: the text is JSON.
    OWN_JSON = 1990


class Interned:
    """InternedData; each entry has its number as field 1 and its text as field 2."""

    CATEGORIES = 1
    NAMES = 2
    ANNOTATION_NAMES = 3
    GPU_STAGES = 24
    KERNELS = 26
    STRINGS = 29


class Gpu:
    """GpuRenderStageEvent."""

    DURATION = 2
    QUEUE = 3
    STAGE = 4
    CONTEXT = 5
    EXTRA = 6
    SPECIFICATIONS = 7
    GPU = 11
    QUEUE_IID = 13
    STAGE_IID = 14
    NAME = 17
    KERNEL_IID = 19
    NAME_IID = 20
    LAUNCH = 21


#: TracePacket.SequenceFlags.
STATE_CLEARED = 1
NEEDS_STATE = 2

#: BuiltinClock BOOTTIME, in which times stand unless a packet or its sequence says another.
BOOTTIME = 6
#: Clocks from this number to the next belong to one sequence.
SEQUENCE_CLOCKS = range(64, 128)
