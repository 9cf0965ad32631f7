"""Where the tensors of a network lie: no launch may find one overwritten, and joins must fit together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import UsageError
from profiler.workload.networks import NETWORKS, network
from profiler.workload.networks.layers import CONCAT, IMAGE, LRN, SOFTMAX, Layer, Shape, conv, infer
from profiler.workload.networks.lowering import network_nodes
from profiler.workload.networks.products import stored_bytes
from profiler.workload.networks.program import AFTER, BEFORE, Program, members, network_program, program
from profiler.workload.networks.tensors import INPUT, OUTPUT, WORKSPACE, Lifetime, View, place
from tests.helpers.toy_network import TOY_IMAGE, toy_nodes

PROGRAMS = [(name, precision) for name in NETWORKS for precision in ("fp32", "int8")]


@pytest.mark.parametrize(("name", "precision"), PROGRAMS)
def test_a_program_has_the_launches_and_the_memory_of_its_workload(name: str, precision: str) -> None:
    workload, made = network(name, precision), network_program(name, precision)
    assert list(made.operations) == [call.name for call in workload.kernels(1)]
    assert made.weight_bytes == workload.weight_bytes
    assert made.workspace_bytes <= workload.workspace_bytes, "a plan allocates no more than that"
    first, *_, last = made.operations.values()
    assert first.source.region == INPUT
    assert [target.view.region for target in last.targets] == [OUTPUT]


def _bytes_of(view: View, words: int, samples: int) -> list[range]:
    start = view.address({INPUT: 0, WORKSPACE: 0, OUTPUT: 0}, samples)
    return [range(start + 4 * view.pitch_words * i, start + 4 * (view.pitch_words * i + words)) for i in range(samples)]


@pytest.mark.parametrize(("name", "precision"), [*PROGRAMS, ("toy", "fp32"), ("toy", "int8")])
@pytest.mark.parametrize("samples", [1, 3])
def test_what_a_launch_reads_is_what_was_written_for_it(name: str, precision: str, samples: int) -> None:
    """Runs a program on memory that remembers, for each word, which layer's sample wrote it last."""
    nodes = toy_nodes() if name == "toy" else network_nodes(name)
    image = TOY_IMAGE if name == "toy" else Shape(3, 224, 224)
    made = program(nodes, image, precision)
    ownership = _Ownership(made, {IMAGE: image} | {node.name: node.result for node in nodes}, samples)
    parts = {node.name: node.layer.inputs for node in nodes if node.layer.op == CONCAT}
    for operation in made.operations.values():
        node = operation.node
        wants = parts.get(node.layer.inputs[0], (node.layer.inputs[0],)) if node else ()
        converted = node is not None and node.layer.op == LRN and precision == "int8"
        if operation.source.region == WORKSPACE and not (converted and not operation.name.endswith(BEFORE)):
            ownership.check(operation.source, wants)
        if operation.residual:
            assert node
            ownership.check(operation.residual, (node.layer.add,))
        names = members(node) if node else (IMAGE,)
        for target, written in zip(operation.targets, names, strict=True):
            if converted and not operation.name.endswith(AFTER):
                ownership.write(target.view, operation.name, target.view.pitch_words)
            elif target.view.region == WORKSPACE:
                ownership.write(target.view, written, ownership.words(written))


class _Ownership:
    """The workspace as intervals: for each sample's part of a tensor, the last layer that wrote there."""

    def __init__(self, made: Program, shapes: dict[str, Shape], samples: int) -> None:
        self._made, self._shapes, self._samples = made, shapes, samples
        self._written: dict[int, tuple[str, int]] = {}

    def words(self, name: str) -> int:
        """Of one sample of a layer's result."""
        float_names = {one.name for one in self._made.operations.values() if one.float_result}
        return stored_bytes(self._shapes[name], "fp32" if name in float_names else self._made.precision) // 4

    def write(self, view: View, name: str, words: int) -> None:
        for sample, part in enumerate(_bytes_of(view, words, self._samples)):
            assert part.start >= 0
            assert part.stop <= self._made.workspace_bytes * self._samples
            for at in _marks(part):
                self._written[at] = (name, sample)

    def check(self, view: View, names: tuple[str, ...]) -> None:
        total = sum(self.words(name) for name in names)
        for sample, whole in enumerate(_bytes_of(view, total, self._samples)):
            start = whole.start
            for name in names:
                part = range(start, start + 4 * self.words(name))
                assert {self._written.get(at) for at in _marks(part)} == {(name, sample)}
                start = part.stop


def _marks(part: range) -> list[int]:
    """Every word of small tensors; of large ones the ends and a few hundred between."""
    step = max(4, len(part) // 256 // 4 * 4)
    return [*range(part.start, part.stop, step), part.stop - 4]


lifetimes = st.lists(
    st.tuples(st.integers(1, 50), st.integers(0, 12), st.integers(0, 6)).map(
        lambda one: (4 * one[0], one[1], one[1] + one[2])
    ),
    max_size=12,
)


@given(lifetimes)
def test_tensors_that_meet_never_overlap(drawn: list[tuple[int, int, int]]) -> None:
    tensors = [Lifetime(f"t{index}", *one) for index, one in enumerate(drawn)]
    offsets, size = place(tensors)
    alive = [sum(one.size_bytes for one in tensors if one.first <= time <= one.last) for time in range(20)]
    assert max(alive) <= size <= sum(one.size_bytes for one in tensors)
    for one in tensors:
        assert 0 <= offsets[one.name] <= size - one.size_bytes
        for other in tensors:
            if one is not other and one.first <= other.last and other.first <= one.last:
                apart = offsets[one.name] + one.size_bytes <= offsets[other.name]
                assert apart or offsets[other.name] + other.size_bytes <= offsets[one.name]


def _joins(*rows: Layer) -> list[Layer]:
    branches = [conv("a", IMAGE, 6, 3, pad=1), conv("b", IMAGE, 4, 3, pad=1)]
    return [*branches, *rows]


def test_a_join_in_int8_wants_whole_groups() -> None:
    nodes = infer(_joins(Layer("ab", CONCAT, ("a", "b")), Layer("p", SOFTMAX, ("ab",))), Shape(3, 4, 4))
    with pytest.raises(UsageError, match="'a' has 6 channels; INT8 joins want multiples of 4"):
        program(nodes, Shape(3, 4, 4), "int8")
    other = infer(_joins(Layer("ba", CONCAT, ("b", "a")), Layer("p", SOFTMAX, ("ba",))), Shape(3, 4, 4))
    assert program(other, Shape(3, 4, 4), "int8").workspace_bytes > 0


@pytest.mark.parametrize(
    "rows",
    [
        (Layer("ab", CONCAT, ("a", "b")), Layer("ba", CONCAT, ("b", "a"))),
        (Layer("ab", CONCAT, ("a", "b")), Layer("nested", CONCAT, ("ab", IMAGE))),
        (Layer("bb", CONCAT, ("b",)), Layer("nested", CONCAT, ("bb",))),
        (Layer("with image", CONCAT, ("a", IMAGE)),),
    ],
)
def test_joins_that_cannot_be_written_in_place_are_refused(rows: tuple[Layer, ...]) -> None:
    nodes = infer(_joins(*rows), Shape(3, 4, 4))
    with pytest.raises(UsageError, match="cannot be written in place into more than one join"):
        program(nodes, Shape(3, 4, 4), "fp32")


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_siblings_that_share_a_group_of_filters_are_refused(precision: str) -> None:
    nodes = infer([conv("a", IMAGE, 6, 1), conv("b", IMAGE, 4, 1), Layer("p", SOFTMAX, ("b",))], Shape(3, 4, 4))
    with pytest.raises(UsageError, match="'a' has 6 filters; joined layers want multiples of 4"):
        program(nodes, Shape(3, 4, 4), precision)
