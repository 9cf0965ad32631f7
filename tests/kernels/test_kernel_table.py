"""What a plan's launches are bound to: the buffers of their own chunk, and the weights that all share."""

from __future__ import annotations

import ctypes

import pytest

from profiler.devices.cuda import kernel_table
from profiler.devices.cuda.binding import NetworkBinder
from profiler.devices.cuda.functions import Span
from profiler.devices.cuda.kernel_table import ProjectKernels
from profiler.errors import DeviceError, UsageError
from profiler.plan.model import Buffer, Launch, Memory, Plan, StreamConfig, StreamSpec
from profiler.workload.micro import array_sum
from profiler.workload.model import KernelCall, Workload
from profiler.workload.networks.lowering import lower
from profiler.workload.networks.packing import random_weights
from profiler.workload.networks.program import program
from tests.helpers.toy_network import TOY_IMAGE, toy_nodes

#: Samples of the two chunks.
SIZES = (3, 2)


def _plan(workload: Workload) -> Plan:
    """Two chunks, each with an input, a workspace and an output of its own."""
    steps = []
    for chunk, samples in enumerate(SIZES):
        calls = workload.kernels(samples)
        for place, call in enumerate(calls):
            read, written = 3 * chunk + (1 if place else 0), 3 * chunk + (2 if place == len(calls) - 1 else 1)
            steps.append(Launch(kernel=call, reads=(read,), writes=(written,), stream=0, request=0, chunk=chunk))
    buffers = tuple(Buffer(f"b{number}", Memory.DEVICE, 1) for number in range(6))
    return Plan("any", StreamConfig(), workload, sum(SIZES), tuple(steps), (StreamSpec("one"),), buffers)


def _spans(size: int) -> dict[int, Span]:
    return {number: Span(1_000_000 * (number + 1), size) for number in range(6)}


def _toy(samples: int) -> tuple[KernelCall, ...]:
    return lower(toy_nodes(), TOY_IMAGE, samples, "int8", "uint8")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Workload:
    """The toy network as if it were one of the networks."""
    nodes = toy_nodes()
    made = NetworkBinder(program(nodes, TOY_IMAGE, "int8"), random_weights(nodes, TOY_IMAGE, "int8", "uint8"))
    monkeypatch.setattr(kernel_table, "_binder", lambda workload, seed: made)
    return Workload("toy", "int8", 969, 40, _toy, "uint8")


def test_each_chunk_works_in_its_own_buffers(toy: Workload) -> None:
    plan, table = _plan(toy), ProjectKernels()
    resident = Span(9_000_000, table.resident_bytes(plan))
    content = table.resident(plan)
    assert content is not None
    assert content.nbytes == resident.size_bytes > 0
    bound = table.bind(plan, _spans(900_000), resident)
    assert sorted(bound) == list(range(len(plan.steps)))
    for number, made in bound.items():
        launch = plan.steps[number]
        assert isinstance(launch, Launch)
        region = (3 * launch.chunk + 1) * 1_000_000
        for address in _addresses(made.values):
            assert region <= address < region + 3_000_000 or 9_000_000 <= address < 9_000_000 + resident.size_bytes
    ingests = [made for made in bound.values() if made.entry == "ingest_uint8_to_int8"]
    assert [made.values[1].value for made in ingests] == [1_000_000, 4_000_000]
    assert table.image("ingest_uint8_to_int8", (9, 0)).startswith(b"\x7fELF")


def _addresses(values: tuple[object, ...]) -> list[int]:
    """Every pointer among a function's arguments that is set."""
    found: list[int] = []
    for value in values:
        if isinstance(value, ctypes.c_void_p):
            found.append(value.value or 0)
        elif isinstance(value, ctypes.Structure):
            members = [getattr(value, name) for name, *_ in value._fields_]
            found += [member for (_, kind, *_), member in zip(value._fields_, members, strict=True)
                      if kind is ctypes.c_void_p and member]  # fmt: skip
            found += _addresses(tuple(member for one in members if isinstance(one, ctypes.Array) for member in one))
    return found


def test_a_workspace_that_is_too_small_is_refused(toy: Workload) -> None:
    with pytest.raises(DeviceError, match=r"ingest: the kernels need \d+ bytes of workspace, and the plan has 100"):
        ProjectKernels().bind(_plan(toy), _spans(100), Span(0, 0))


def test_sums_have_no_weights_and_room_for_both_results() -> None:
    workload = array_sum("int8", size=10)
    plan, table = _plan(workload), ProjectKernels()
    assert (table.resident_bytes(plan), table.resident(plan)) == (0, None)
    bound = table.bind(plan, _spans(3 * workload.workspace_bytes), Span(0, 0))
    pointers = [(made.entry, made.values[0].value, made.values[1].value) for made in bound.values()]
    assert pointers == [
        ("sum_loop_s8", 1_000_000, 2_000_000),
        ("sum_reduce_s8", 1_000_000, 3_000_000),
        ("sum_loop_s8", 4_000_000, 5_000_000),
        ("sum_reduce_s8", 4_000_000, 6_000_000),
    ]


def test_a_workload_of_the_simulator_alone_is_refused() -> None:
    kernel = KernelCall("mine", (1, 1, 1), (1, 1, 1), flops=1)
    workload = Workload("own", "fp32", 4, 4, lambda samples: (kernel,))
    with pytest.raises(UsageError, match="kernel 'mine' cannot run on a GPU"):
        ProjectKernels().bind(_plan(workload), _spans(10), Span(0, 0))
