"""Opening a workload by name, file or function, and every way that can go wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from profiler.errors import UsageError
from profiler.workload.micro import MICRO
from profiler.workload.networks import NETWORKS
from profiler.workload.registry import open_workload, workload_names

TOML = """
name = "toy"
precision = "int8"
input_bytes = 8
output_bytes = 4
[[kernel]]
name = "k"
duration_us = { fixed = 1.0 }
"""

MODULE = """
from profiler.errors import UsageError
from profiler.workload.model import KernelCall, Workload

def kernels(samples):
    return (KernelCall("k", (samples, 1, 1), (32, 1, 1)),)

def made(name, precision="fp32", build=kernels):
    return Workload(name, precision, 4, 4, build)

def plain(): return made("plain")
def keywords(*, precision="fp32", size=3): return made(f"{precision}-{size}", precision)
def anything(**options): return made(repr(sorted(options.items())), options.get("precision", "fp32"))
def needs(size): return made(f"size {size}")
def number(): return 3
def broken(): raise KeyError("weights")
def leaves(): raise SystemExit("bye")
def explains(): raise UsageError("no weights here", remedy="Download them.")
def empty(): return made("empty", build=lambda samples: ())
def wrong_kernels(): return made("wrong", build=lambda samples: ("k",))
def broken_build(): return made("broken", build=lambda samples: 1 / 0)
class Maker:
    def build(precision="fp32"): return made("nested", precision)
not_a_function = 3
"""


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name of a module of the user's own in the current directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    (tmp_path / "my_pipeline.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "torn.py").write_text("def (", encoding="utf-8")
    before = set(sys.modules)
    yield "my_pipeline"
    for name in set(sys.modules) - before:
        del sys.modules[name]


def refused(*args: str, **options: Any) -> str:
    with pytest.raises(UsageError) as caught:
        open_workload(*args, **options)
    return str(caught.value)


@pytest.mark.parametrize("name", workload_names())
def test_every_listed_name_opens_and_costs_something(name: str) -> None:
    workload = open_workload(name)

    assert workload.name == name
    assert workload.input_bytes > 0
    assert workload.output_bytes > 0
    assert sum(kernel.flops for kernel in workload.kernels(1)) > 0


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_takes_precision_and_input_format(name: str) -> None:
    workload = open_workload(name, precision="int8", input_format="uint8")

    assert (workload.precision, workload.input_format, workload.input_bytes) == ("int8", "uint8", 150_528)
    assert open_workload(name).precision == "fp32"
    assert open_workload(name).input_bytes == 602_112


def test_a_micro_workload_takes_precision_and_size() -> None:
    assert open_workload("gemm", precision="int8", size=64) == MICRO["gemm"](precision="int8", size=64)


def test_a_file_opens_by_its_path(tmp_path: Path) -> None:
    toml, other = tmp_path / "toy.toml", tmp_path / "toy.workload"
    for path in (toml, other):
        path.write_text(TOML, encoding="utf-8")
        assert open_workload(str(path)).name == "toy"
        assert open_workload(str(path), precision="int8").precision == "int8"


@pytest.mark.parametrize(
    ("function", "options", "name"),
    [
        ("plain", {}, "plain"),
        ("keywords", {}, "fp32-3"),
        ("keywords", {"precision": "int8", "size": 7}, "int8-7"),
        (
            "anything",
            {"precision": "int8", "input_format": "uint8"},
            "[('input_format', 'uint8'), ('precision', 'int8')]",
        ),
        ("needs", {"size": 5}, "size 5"),
        ("Maker.build", {"precision": "int8"}, "nested"),
        ("plain", {"precision": "fp32"}, "plain"),
    ],
)
def test_a_function_gets_what_was_given_and_it_takes(
    own_module: str, function: str, options: dict[str, Any], name: str
) -> None:
    assert open_workload(f"{own_module}:{function}", **options).name == name


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("my_pipeline:plane", "my_pipeline:plane: module my_pipeline has no plane. Did you mean plain?"),
        ("my_pipeline:not_a_function", "my_pipeline:not_a_function is not a function"),
        ("my_pipeline:number", "my_pipeline:number returned int, not a Workload"),
        ("my_pipeline:broken", "my_pipeline:broken failed: KeyError: 'weights'"),
        ("my_pipeline:leaves", "my_pipeline:leaves failed: SystemExit: bye"),
        ("my_pipeline:explains", "no weights here. Download them."),
        ("my_pipeline:needs", "my_pipeline:needs failed: TypeError: needs() missing 1 required positional argument"),
        ("my_pipeline:empty", "my_pipeline:empty returned a Workload whose build gives no KernelCall"),
        ("my_pipeline:wrong_kernels", "my_pipeline:wrong_kernels returned a Workload whose build gives no KernelCall"),
        ("my_pipeline:broken_build", "my_pipeline:broken_build failed: ZeroDivisionError: division by zero"),
        ("no_such_module:build", "module no_such_module failed: ModuleNotFoundError: No module named 'no_such_module'"),
        ("torn:build", "module torn failed: SyntaxError: "),
        ("my_pipeline:", "'my_pipeline:' is not of the form module:function"),
        (":build", "':build' is not of the form module:function"),
        ("a-b:build", "'a-b:build' is not of the form module:function"),
    ],
)
def test_a_function_that_gives_no_workload_is_named(own_module: str, spec: str, message: str) -> None:
    assert refused(spec).startswith(message)


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        ("plain", {"size": 3}, "--size: my_pipeline:plain takes no size"),
        ("keywords", {"input_format": "uint8"}, "--input: my_pipeline:keywords takes no input_format"),
        ("plain", {"precision": "int8"}, "--precision: my_pipeline:plain describes a workload in fp32, not int8"),
    ],
)
def test_an_option_that_a_function_does_not_take_is_refused(
    own_module: str, function: str, options: dict[str, Any], message: str
) -> None:
    assert refused(f"{own_module}:{function}", **options).startswith(message)


@pytest.mark.parametrize(
    ("spec", "options", "message"),
    [
        ("resnet50", {"size": 3}, "--size: resnet50 does not take --size: a network has the size of its images"),
        ("gemm", {"input_format": "uint8"}, "--input: gemm does not take --input: its samples are not images"),
        ("toy.toml", {"size": 3}, "--size: toy.toml does not take --size"),
        ("toy.toml", {"input_format": "fp32"}, "--input: toy.toml does not take --input"),
        ("toy.toml", {"precision": "fp32"}, "--precision: toy.toml describes a workload in int8, not fp32"),
        ("gemm", {"precision": "int9"}, "--precision: 'int9' is not known. Did you mean int8?"),
        ("resnet50", {"input_format": "uint9"}, "--input: 'uint9' is not known. Did you mean uint8?"),
        ("sum-int8", {"precision": "fp32"}, "--precision: sum-int8 cannot run in fp32"),
    ],
)
def test_an_option_that_does_not_go_with_the_workload_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, options: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.toml").write_text(TOML, encoding="utf-8")

    assert refused(spec, **options).startswith(message)


@pytest.mark.parametrize(
    ("spec", "nearest"), [("resnet5", "resnet50"), ("VGG19", "vgg19"), ("sum-float", "sum-float32")]
)
def test_an_unknown_name_gets_the_nearest_and_the_list(spec: str, nearest: str) -> None:
    message = refused(spec)

    assert message.startswith(f"no workload is called {spec!r}. Did you mean {nearest}? ")
    assert all(name in message for name in workload_names())


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("absent.toml", "absent.toml: there is no such file"),
        (".", ".: this is a directory"),
        ("", "no workload is called ''"),
    ],
)
def test_a_path_that_is_no_file_is_refused(spec: str, message: str) -> None:
    assert refused(spec).startswith(message)
