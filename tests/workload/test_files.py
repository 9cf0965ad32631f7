"""Workload files: exact numbers in, one clear message out."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import UsageError
from profiler.workload.files import Cost, Duration, WorkloadFile, load_workload, parse_workload, to_toml
from profiler.workload.model import EFFICIENCY_CLASSES

HEAD = 'name = "toy"\nprecision = "int8"\ninput_bytes = 602112\noutput_bytes = 4000\n'
STAGE = '[[kernel]]\nname = "stage"\nduration_us = { fixed = 0.25, per_sample = 12.5 }\n'
CONV = (
    '[[kernel]]\nname = "conv"\nflops_per_sample = 2.3e8\nbytes_per_sample = 1.6e6\n'
    "blocks_per_sample = 49\nthreads_per_block = 256\n"
)
EXAMPLE = Path(__file__).parents[2] / "examples" / "pipeline.toml"


def refused(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        parse_workload(text, "toy.toml")
    message = str(caught.value)
    assert message.startswith("toy.toml: ")
    assert "\n" not in message
    return message


def test_both_forms_of_a_kernel_scale_with_the_samples() -> None:
    workload = parse_workload(HEAD + STAGE + CONV, "toy.toml").workload()
    stage, conv = workload.kernels(3)

    assert (workload.name, workload.precision, workload.input_format) == ("toy", "int8", "")
    assert (workload.input_bytes, workload.output_bytes) == (602112, 4000)
    assert (stage.name, stage.duration_ns) == ("stage", 37_750)
    assert (conv.name, conv.duration_ns, conv.flops, conv.read_bytes) == ("conv", None, 690_000_000, 4_800_000)
    assert (conv.grid, conv.block, conv.precision) == ((147, 1, 1), (256, 1, 1), "int8")


def test_every_optional_key_reaches_the_launch() -> None:
    text = (
        HEAD
        + "weight_bytes = 7\nworkspace_bytes = 9\n"
        + CONV.replace("bytes_per_sample = 1.6e6", "read_bytes_per_sample = 10\nwrite_bytes_per_sample = 4")
        + 'efficiency_class = "direct"\nprecision = "fp32"\nregisters = 64\nshared_bytes = 1024\n'
    )
    workload = parse_workload(text, "toy.toml").workload()
    (conv,) = workload.kernels(2)

    assert (workload.weight_bytes, workload.workspace_bytes) == (7, 9)
    assert (conv.read_bytes, conv.write_bytes) == (20, 8)
    assert (conv.efficiency_class, conv.precision, conv.registers, conv.shared_bytes) == ("direct", "fp32", 64, 1024)


@given(
    st.decimals(0, 10**6, places=7, allow_nan=False),
    st.decimals(0, 10**6, places=7, allow_nan=False),
    st.integers(1, 4096),
)
def test_a_duration_is_the_nearest_nanosecond_to_the_exact_one(fixed: Decimal, each: Decimal, samples: int) -> None:
    exact = 1000 * (Fraction(fixed) + samples * Fraction(each))
    duration = Duration("k", fixed, each).call(samples).duration_ns

    assert duration is not None
    assert abs(Fraction(duration) - exact) <= Fraction(1, 2)
    if abs(Fraction(duration) - exact) == Fraction(1, 2):
        assert duration % 2 == 0


def test_a_duration_never_goes_through_binary_fractions() -> None:
    text = HEAD + '[[kernel]]\nname = "k"\nduration_us = { fixed = 1000000000.0, per_sample = 0.001 }\n'

    assert parse_workload(text, "t").workload().kernels(1)[0].duration_ns == 1_000_000_000_001


def test_parts_of_a_block_or_byte_are_rounded_up() -> None:
    kernel = Cost("k", Decimal("0.1"), Decimal("0.1"), Decimal("0.1"), Decimal("0.1"), 32).call(11)

    assert (kernel.flops, kernel.read_bytes, kernel.write_bytes, kernel.grid) == (2, 2, 2, (2, 1, 1))


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
numbers = st.integers(0, 10**9) | st.decimals(0, 10**9, allow_nan=False, places=6)
positive = st.integers(1, 10**6) | st.decimals("0.001", 10**6, allow_nan=False, places=3)
kernels = st.builds(Duration, names, numbers, numbers) | st.builds(
    Cost,
    names,
    numbers,
    numbers,
    numbers,
    positive,
    st.integers(1, 1024),
    st.sampled_from(EFFICIENCY_CLASSES),
    st.sampled_from(["fp32", "int8"]),
    st.integers(1, 255),
    st.integers(0, 2**20),
)
descriptions = st.builds(
    WorkloadFile,
    names,
    st.sampled_from(["fp32", "int8"]),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
    st.lists(kernels, min_size=1, max_size=4).map(tuple),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
)


@given(descriptions)
def test_what_is_written_reads_back_equal(description: WorkloadFile) -> None:
    assert parse_workload(to_toml(description), "written.toml") == description


@pytest.mark.parametrize("key", ["name", "precision", "input_bytes", "output_bytes"])
def test_a_missing_key_is_named(key: str) -> None:
    text = re.sub(rf"^{key} = .*\n", "", HEAD, flags=re.MULTILINE) + STAGE

    assert refused(text) == f"toy.toml: {key}: the key is missing. Add a line: {key} = ..."


@pytest.mark.parametrize(
    "key", ["name", "flops_per_sample", "bytes_per_sample", "blocks_per_sample", "threads_per_block"]
)
def test_a_missing_key_of_a_kernel_is_named_with_its_number(key: str) -> None:
    text = HEAD + STAGE + re.sub(rf"^{key} = .*\n", "", CONV, flags=re.MULTILINE)

    assert refused(text) == f"toy.toml: [[kernel]] 2: {key}: the key is missing. Add a line: {key} = ..."


@pytest.mark.parametrize(
    ("text", "place", "nearest"),
    [
        (HEAD.replace("output_bytes", "ouput_bytes") + STAGE, "ouput_bytes", "output_bytes"),
        (HEAD + STAGE.replace("[[kernel]]", "[[kernal]]"), "kernal", "kernel"),
        (HEAD + CONV.replace("flops_per", "flop_per"), "[[kernel]] 1: flop_per_sample", "flops_per_sample"),
        (HEAD + STAGE.replace("per_sample", "persample"), "[[kernel]] 1: duration_us: persample", "per_sample"),
        (HEAD.replace('"int8"', '"int_8"') + STAGE, "precision", "int8"),
        (HEAD + CONV + 'efficiency_class = "point-wise"', "[[kernel]] 1: efficiency_class", "pointwise"),
    ],
)
def test_a_misspelt_word_gets_the_nearest_one(text: str, place: str, nearest: str) -> None:
    message = refused(text)

    assert message.startswith(f"toy.toml: {place}: ")
    assert f"Did you mean {nearest}?" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        (HEAD + "kernel = []", "kernel: the list is empty"),
        (HEAD, "kernel: the key is missing. Add a line: [[kernel]]"),
        (
            HEAD + STAGE.replace("[[kernel]]", "[kernel]"),
            "kernel: this is a table. It must be tables, each starting with",
        ),
        (HEAD + "kernel = [1]", "kernel: this is a list"),
        (HEAD.replace('"toy"', '""') + STAGE, "name: the text is empty"),
        (HEAD.replace('"toy"', "3") + STAGE, "name: this is a number. It must be a text in quotes"),
        (HEAD.replace("602112", '"602112"') + STAGE, "input_bytes: this is a text. It must be a number"),
        (HEAD.replace("602112", "true") + STAGE, "input_bytes: this is true or false"),
        (HEAD.replace("602112", "2024-01-01") + STAGE, "input_bytes: this is a date or time"),
        (HEAD.replace("602112", "-1") + STAGE, "input_bytes: -1 is negative. Give 0 to"),
        (HEAD.replace("602112", "nan") + STAGE, "input_bytes: nan is not a number to compute with"),
        (HEAD.replace("602112", "inf") + STAGE, "input_bytes: infinity is not a number to compute with"),
        (HEAD.replace("602112", "0.5") + STAGE, "input_bytes: 0.5 is not a whole number"),
        (HEAD.replace("602112", "1e99999") + STAGE, "input_bytes: 1.000e+99999 is out of range"),
        (HEAD.replace("602112", "1e-99999") + STAGE, "input_bytes: the number has more than 30 decimals"),
        (HEAD.replace("602112", "1" * 5000) + STAGE, "not TOML: "),
        (HEAD.replace("602112", "1e" + "9" * 40) + STAGE, "not TOML: a number is out of range"),
        (HEAD + STAGE.replace("12.5", "-12.5"), "[[kernel]] 1: duration_us: per_sample: -12.5 is negative"),
        (HEAD + STAGE.replace("12.5", "nan"), "[[kernel]] 1: duration_us: per_sample: nan is not a number"),
        (HEAD + STAGE + 'name = "again"', "not TOML: "),
        (HEAD + STAGE + "threads_per_block = 32", "[[kernel]] 1: threads_per_block: a duration is given as well"),
        (HEAD + '[[kernel]]\nname = "bare"', "[[kernel]] 1: neither a duration nor a cost is given"),
        (HEAD + '[[kernel]]\nname = "k"\nduration_us = {}', "[[kernel]] 1: duration_us: the table is empty"),
        (
            HEAD + '[[kernel]]\nname = "k"\nduration_us = 5',
            "[[kernel]] 1: duration_us: this is a number. It must be a t",
        ),
        (HEAD + CONV + "write_bytes_per_sample = 1", "[[kernel]] 1: write_bytes_per_sample: bytes_per_sample is given"),
        (HEAD + CONV.replace("= 49", "= 0"), "[[kernel]] 1: blocks_per_sample: a kernel without blocks"),
        (HEAD + CONV.replace("= 256", "= 0"), "[[kernel]] 1: threads_per_block: 0 is out of range. Give 1 to 1,024."),
        (HEAD + CONV.replace("= 256", "= 2048"), "[[kernel]] 1: threads_per_block: 2048 is out of range"),
        ("[" * 100_000, "not TOML: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, message: str) -> None:
    assert refused(text).startswith(f"toy.toml: {message}")


def test_what_is_not_toml_is_named_with_its_line() -> None:
    assert re.search(r"not TOML: .*\(at line 5, column \d+\)", refused(HEAD + "[[kernel]\n"))


@pytest.mark.parametrize("kernel", ["duration_us = { per_sample = 1e9 }", CONV.partition("\n")[2].partition("\n")[2]])
def test_a_launch_that_no_gpu_can_hold_is_refused(kernel: str) -> None:
    workload = parse_workload(f'{HEAD}[[kernel]]\nname = "k"\n{kernel}', "toy.toml").workload()

    with pytest.raises(UsageError, match=r"kernel 'k' is too large for one launch over 99999999999 samples"):
        workload.kernels(99_999_999_999)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no such file"),
        (Path.mkdir, "this is a directory"),
        (lambda path: path.write_bytes(b"name = '\xff'"), "the file is not text in UTF-8 (byte 8)"),
        (lambda path: path.write_bytes(b"#" * (2**24 + 1)), "the file is too long"),
        (lambda path: path.symlink_to(path), "the file cannot be read: "),
    ],
)
def test_a_path_that_is_no_workload_file_is_named(tmp_path: Path, make, message: str) -> None:
    path = tmp_path / "toy.toml"
    make(path)

    with pytest.raises(UsageError) as caught:
        load_workload(path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_a_byte_order_mark_and_windows_line_ends_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "toy.toml"
    path.write_bytes(("\ufeff" + (HEAD + STAGE).replace("\n", "\r\n")).encode())

    assert load_workload(path) == parse_workload(HEAD + STAGE, "t")


def test_the_example_is_a_workload_with_both_forms() -> None:
    description = load_workload(EXAMPLE)

    assert {type(kernel) for kernel in description.kernels} == {Duration, Cost}
    assert parse_workload(to_toml(description), "t") == description
