"""Shared options: texts to values, lists to products, and one form for what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.cli import app
from profiler.cli.options import MOST, JsonOption, OutputOption, RunOptions, with_run_options
from profiler.cli.values import output_path, read_choice, read_list, read_names, read_percent, read_whole
from profiler.errors import OutputError, UsageError
from profiler.plan.model import StreamConfig
from profiler.plan.registry import STRATEGIES


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """What a verb with the options of a run is called with, or the exit code of a refusal."""

    def ask(*args: str, lists: bool = False, **defaults: str) -> Any:
        calls: list[Any] = []

        @with_run_options(lists=lists, **defaults)
        def command(
            workload: str, output: OutputOption = None, as_json: JsonOption = False, *, options: RunOptions
        ) -> None:
            """Run."""
            calls.append((workload, output, as_json, options))

        module = ModuleType("probe_verb")
        module.command = command
        monkeypatch.setitem(sys.modules, "probe_verb", module)
        monkeypatch.setitem(app.VERBS, "probe", app.Verb("probe_verb", "A verb of the tests."))
        code = app.run(["probe", *args])
        return calls[0] if calls else code

    return ask


def test_what_is_not_given_takes_the_default(asked) -> None:
    assert asked("resnet50") == ("resnet50", None, False, RunOptions())


def test_a_verb_may_have_a_default_of_its_own(asked) -> None:
    assert asked("resnet50", lists=True, strategy="all")[3] == RunOptions(strategies=("all",))
    assert asked("resnet50", "--strategy", "graph", lists=True, strategy="all")[3].strategies == ("graph",)


def test_every_option_reaches_its_field(asked) -> None:
    given = (
        "gemm --batch 128 --precision int8 --input uint8 --strategy depth-first --base serial --streams 3 --chunks 4 "
        "--buffers 5 --memory pageable --requests 6 --issue-threads 7 --size 8 --device cuda:0 --repeats 9 --warmup 10 "
        "--seed 11 --jitter 2.5% --detail phase --timing gputimer --all-repeats --gate -o out.parquet --json"
    )

    assert asked(*given.split()) == (
        "gemm",
        "out.parquet",
        True,
        RunOptions(
            batches=(128,),
            precisions=("int8",),
            strategies=("depth-first",),
            memories=("pageable",),
            devices=("cuda:0",),
            input_format="uint8",
            size=8,
            config=StreamConfig(streams=3, chunks=4, buffers=5, requests=6, issue_threads=7, base="serial"),
            repeats=9,
            warmup=10,
            seed=11,
            jitter_percent=2.5,
            detail="phase",
            timing="gputimer",
            all_repeats=True,
            gate=True,
        ),
    )


def test_lists_are_taken_where_a_product_is_run(asked) -> None:
    args = "resnet50 --batch 1,8,1 --precision fp32,int8 --strategy serial,graph --memory pinned,pageable --device a,b"
    options = asked(*args.split(), lists=True)[3]

    assert options.batches == (1, 8)
    assert options.precisions == ("fp32", "int8")
    assert options.strategies == ("serial", "graph")
    assert options.memories == ("pinned", "pageable")
    assert options.devices == ("a", "b")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ("--batch 1,8", "--batch: '1,8' is a list, and one is run at a time. Use lanescope compare for several."),
        ("--strategy all", "--strategy: one strategy is run at a time. Use lanescope compare for all."),
        ("--strategy serail", "--strategy: 'serail' is not known. Did you mean serial? Choose from: "),
        ("--base graph", "--base: 'graph' is not known. Choose from: "),
        ("--precision int9", "--precision: 'int9' is not known. Did you mean int8?"),
        ("--input float", "--input: 'float' is not known. Choose from: fp32, uint8."),
        ("--memory pined", "--memory: 'pined' is not known. Did you mean pinned?"),
        ("--detail ops", "--detail: 'ops' is not known. Did you mean op?"),
        ("--timing event", "--timing: 'event' is not known. Did you mean events?"),
        ("--batch 0", "--batch: 0 is out of range. Give 1 to 1,000,000."),
        ("--batch many", "--batch: 'many' is not a whole number. Give 1 to 1,000,000."),
        ("--batch 1.5", "--batch: '1.5' is not a whole number."),
        ("--batch 1,,2", "--batch: '1,,2' has an empty place. Separate values by one comma each."),
        (
            "--batch 99999999999999999999999999999999999",
            "--batch: '99999999999999999999999999999999999' is not a whole",
        ),
        ("--streams -1", "--streams: -1 is out of range. Give 1 to 1,000,000."),
        ("--warmup -1", "--warmup: -1 is out of range. Give 0 to 1,000,000."),
        ("--size 0", "--size: 0 is out of range. Give 1 to 4,294,967,296."),
        ("--jitter nan", "--jitter: 'nan' is not a percentage. Give 0 to 100, such as 2.5."),
        ("--jitter -3", "--jitter: '-3' is not a percentage."),
        ("--jitter 101", "--jitter: 101 is out of range. Give 0 to 100."),
        ("--device=", "--device: '' has an empty place."),
        ("--streams=", "--streams: '' is not a whole number."),
        ("--stream 2", "No such option: --stream (Possible options: "),
    ],
)
def test_what_is_wrong_names_option_value_and_remedy(asked, capsys, args: str, message: str) -> None:
    assert asked("resnet50", *args.split()) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"lanescope: error: {message}")
    assert captured.err.count("\n") == 1


def test_the_help_says_each_default_and_which_options_take_lists(asked, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    assert asked("--help", lists=True, strategy="all") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "--strategy S How work is put on streams. A comma list runs each. Default: all." in text
    assert "--repeats R Timed repeats. Default: 1." in text
    assert text.count("A comma list runs each.") == 5


def test_specs_are_the_product_and_share_the_rest() -> None:
    options = RunOptions(
        batches=(1, 2),
        strategies=("depth-first", "zero-copy"),
        memories=("pageable",),
        devices=("sim:t4",),
        config=StreamConfig(chunks=3),
        size=64,
        repeats=4,
        seed=5,
        jitter_percent=1.5,
    )
    specs = options.specs(["gemm", "triad"])

    assert [(s.workload, s.batch, s.strategy) for s in specs] == list(
        product(("gemm", "triad"), (1, 2), ("depth-first", "zero-copy"))
    )
    for spec in specs:
        assert (spec.device, spec.size, spec.repeats, spec.seed, spec.jitter_percent) == ("sim:t4", 64, 4, 5, 1.5)
        assert spec.config.memory == "pageable"
        assert spec.config.chunks == 3


@given(st.integers(1, MOST))
def test_a_whole_number_reads_back(value: int) -> None:
    assert read_whole("--n", str(value)) == value


@given(st.text("0123456789+-_. %eainf\u0663", max_size=8))
def test_any_text_is_a_number_in_range_or_refused(text: str) -> None:
    with suppress(UsageError):
        assert 1 <= read_whole("--n", text) <= MOST
    with suppress(UsageError):
        assert 0 <= read_percent("--n", text) <= 100


@given(st.lists(st.sampled_from(STRATEGIES), min_size=1))
def test_a_list_keeps_its_order_and_takes_each_value_once(names: list[str]) -> None:
    def read(option: str, text: str) -> str:
        return read_choice(option, text, STRATEGIES)

    assert read_list("--s", " , ".join(names), read) == tuple(dict.fromkeys(names))


def test_an_output_path_is_not_empty_and_its_folder_is_there(tmp_path: Path) -> None:
    assert output_path(None) is None
    assert output_path("b") == Path("b")
    assert output_path(str(tmp_path / "b")) == tmp_path / "b"
    with pytest.raises(UsageError, match="-o: the file name is empty"):
        output_path("")
    with pytest.raises(OutputError, match=r"there is no folder '.*/a'\. Make it"):
        output_path(str(tmp_path / "a" / "b"))


def test_names_come_one_by_one_or_in_lists() -> None:
    assert read_names(["resnet50,vgg19", "gemm", "vgg19"]) == ["resnet50", "vgg19", "gemm"]
    with pytest.raises(UsageError, match="WORKLOAD: 'a,,b' has an empty place"):
        read_names(["a,,b"])
