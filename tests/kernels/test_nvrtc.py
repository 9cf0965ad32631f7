"""NVRTC, which needs no GPU, compiles every kernel for every architecture it knows; and the cache of what it made."""

from __future__ import annotations

import importlib
import importlib.util
import re
import stat
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace

import pytest

from profiler import kernel_sources
from profiler.devices.cuda.kernel_args import function, source_file
from profiler.devices.cuda.nvrtc import Nvrtc, bound_nvrtc, older_nvrtc
from profiler.errors import DeviceError
from profiler.workload.networks import NETWORKS, network
from tests.helpers.project import in_ci

compile_module = importlib.import_module("profiler.devices.cuda.compile")
nvrtc_module = importlib.import_module("profiler.devices.cuda.nvrtc")

#: Spends little on optimization, and takes a tenth of the time; the source is checked all the same.
FAST = "--Ofast-compile=max"

#: What the fast way cannot compile: it does not know DP4A, which these use on every architecture …
ALWAYS_DP4A = ("fc_gemv.cu", "sums.cu")

#: … and these before tensor cores.
OLD_DP4A = ("conv_int8.cu", "fc_gemm_int8.cu", "gemm.cu")
FIRST_MMA = 80


def _architectures() -> tuple[str, ...]:
    try:
        return compile_module.supported_architectures()
    except DeviceError:
        return ()


ARCHITECTURES = _architectures()

#: What NVRTC 12 knows and NVRTC 13 does not: Maxwell, Pascal with and without DP4A, Volta. Tested apart from the rest.
OLDER = ("sm_50", "sm_52", "sm_53", "sm_60", "sm_61", "sm_62", "sm_70", "sm_72")
NEWER = tuple(name for name in ARCHITECTURES if name not in OLDER)


@pytest.fixture(scope="module", autouse=True)
def nvrtc() -> None:
    """Skip where NVRTC is missing; in CI that is a failure."""
    if not ARCHITECTURES:
        message = "NVRTC is missing: pip install nvidia-cuda-nvrtc"
        if in_ci():
            pytest.fail(message)
        pytest.skip(message)


def _options(source: str, architecture: str) -> tuple[str, ...]:
    slow = ALWAYS_DP4A if int(architecture[3:]) >= FIRST_MMA else (*ALWAYS_DP4A, *OLD_DP4A)
    return () if source in slow else (FAST,)


@pytest.mark.parametrize("architecture", NEWER or ("none",))
def test_every_kernel_compiles(architecture: str) -> None:
    for source in kernel_sources.sources():
        code = compile_module.compiled(source, architecture, _options(source, architecture))
        assert code.startswith(b"\x7fELF")


@pytest.fixture(scope="module")
def older() -> Nvrtc:
    """NVRTC 12, called directly. Skips where it is missing; in CI that is a failure."""
    found = older_nvrtc()
    if found is None:
        message = "NVRTC 12 is missing: pip install nvidia-cuda-nvrtc-cu12"
        if in_ci():
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.mark.parametrize("architecture", OLDER)
def test_nvrtc_12_compiles_for_older_gpus(architecture: str, older: Nvrtc) -> None:
    assert architecture in older.architectures
    assert architecture in ARCHITECTURES
    assert compile_module.nvrtc_version(architecture) == older.version < compile_module.nvrtc_version()
    for source in kernel_sources.sources():
        code = compile_module.compiled(source, architecture, (FAST,))
        assert code.startswith(b"\x7fELF")


def test_both_compilers_are_of_use_in_one_process(older: Nvrtc) -> None:
    known = compile_module.supported_architectures()
    assert {"sm_61", "sm_90"} <= set(known)
    assert list(known) == sorted(known, key=lambda name: int(name[3:]))
    for architecture in ("sm_61", "sm_90", "sm_61"):
        assert compile_module.compiled("clocks.cu", architecture).startswith(b"\x7fELF")


def test_the_older_compiler_says_what_is_wrong(older: Nvrtc) -> None:
    rejected = older.compile("wrong.cu", b"this is no program", {}, ("--gpu-architecture=sm_61",))
    assert rejected.code == b""
    assert "expected" in rejected.log


def test_a_broken_older_compiler_does_not_stop_the_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / nvrtc_module.OLDER_LIBRARY).parent.mkdir()
    (tmp_path / nvrtc_module.OLDER_LIBRARY).touch()
    found = ModuleSpec(nvrtc_module.OLDER_PACKAGE, None, is_package=True)
    found.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(nvrtc_module.importlib.util, "find_spec", lambda name: found)

    def broken(path: Path) -> Nvrtc:
        raise DeviceError("NVRTC's nvrtcVersion failed with code 3", where=str(path))

    monkeypatch.setattr(nvrtc_module, "LibraryNvrtc", broken)
    assert older_nvrtc.__wrapped__() is None


def test_without_the_older_compiler_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_module, "older_nvrtc", lambda: None)
    with pytest.raises(DeviceError, match=r"cannot compile for sm_61.*pip install nvidia-cuda-nvrtc-cu12"):
        compile_module.compiled("clocks.cu", "sm_61")


def _resources(log: str) -> dict[str, tuple[int, int, int]]:
    """Function to registers, spilled bytes and static shared memory, from what ptxas prints."""
    found = {}
    for part in log.split("Compiling entry function ")[1:]:
        name = re.match(r"'(\w+)'", part)
        registers, spilled = re.search(r"Used (\d+) registers", part), re.search(r"(\d+) bytes spill stores", part)
        shared = re.search(r"(\d+) bytes smem", part)
        assert name
        assert registers
        assert spilled
        found[name[1]] = (int(registers[1]), int(spilled[1]), int(shared[1]) if shared else 0)
    return found


@pytest.mark.parametrize("source", ["conv_fp32.cu", "conv_int8.cu", "conv_winograd.cu", "gemm.cu"])
def test_registers_and_shared_memory_are_those_that_the_costs_assume(source: str) -> None:
    """Fully optimized, for the first architecture with tensor cores for bytes."""
    measured = _resources(compile_module.compile_log(source, "sm_80", ("--ptxas-options=-v",)))
    calls = [
        call
        for name in NETWORKS
        for precision in ("fp32", "int8")
        for samples in (1, 128)
        for call in network(name, precision).kernels(samples)
        if source_file(call) == source
    ]
    for call in calls:
        registers, spilled, shared = measured[function(call)]
        assert shared == call.shared_bytes
        assert registers <= call.registers or call.registers < 64, "a small tile may take what is free anyway"
        assert spilled <= 64
    assert calls or source == "gemm.cu"


def test_a_compiled_file_is_kept_for_the_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = compile_module.cubin("clocks.cu", (9, 0))
    folder = compile_module.cache_folder()
    assert folder == tmp_path / "lanescope" / "kernels"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (kept,) = folder.iterdir()
    assert kept.read_bytes() == made
    assert kept.name.startswith("clocks-sm_90-")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    monkeypatch.setattr(compile_module, "compiled", lambda *_: pytest.fail("compiled twice"))
    assert compile_module.cubin("clocks.cu", (9, 0)) == made


def test_each_version_of_a_source_has_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_module, "compiled", lambda source, architecture: b"code")
    texts = {"one": b"1", "two": b"2"}
    for text in texts.values():
        monkeypatch.setattr(kernel_sources, "source", lambda name, text=text: text)
        compile_module.cubin("any.cu", (8, 0), folder=tmp_path)
        compile_module.cubin("any.cu", (9, 0), folder=tmp_path)
    monkeypatch.setattr(kernel_sources, "headers", lambda: {"changed.cuh": b""})
    compile_module.cubin("any.cu", (8, 0), folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 5


def test_a_cache_folder_that_is_a_file_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    code = compile_module.cubin("clocks.cu", (9, 0), folder=tmp_path / "file" / "kernels")
    assert code.startswith(b"\x7fELF")


def test_an_architecture_that_is_too_old_or_too_new_says_what_to_install() -> None:
    with pytest.raises(DeviceError, match=r"cannot compile for sm_30.*NVRTC 12 still knows older"):
        compile_module.compiled("clocks.cu", "sm_30")
    with pytest.raises(DeviceError, match=r"cannot compile for sm_999.*newer NVRTC"):
        compile_module.compiled("clocks.cu", "sm_999")


def test_an_error_in_a_source_shows_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_sources, "source", lambda name: b"this is no program")
    with pytest.raises(DeviceError, match=r"kernels/wrong\.cu, sm_90.*expected") as failure:
        compile_module.compiled("wrong.cu", "sm_90")
    assert failure.value.exit_code == 4


def test_without_nvrtc_the_message_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def version() -> None:
        raise RuntimeError("libnvrtc.so was not found")

    bindings = importlib.import_module("cuda.bindings")
    monkeypatch.setattr(bindings, "nvrtc", SimpleNamespace(nvrtcVersion=version))
    bound_nvrtc.cache_clear()
    with pytest.raises(DeviceError, match=r"libnvrtc\.so was not found.*pip install nvidia-cuda-nvrtc"):
        compile_module.compiled("clocks.cu", "sm_90")
    bound_nvrtc.cache_clear()
