"""What users install: the wheel holds all it needs and nothing else, from the tree and from the sdist alike."""

from __future__ import annotations

import email.message
import email.parser
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import profiler
from tests.helpers.project import ROOT, assert_passes, run

TREE = ("benchmarks", "docs", "examples", "gui", "kernels", "profiler", "scripts", "tests")
FILES = (".gitignore", "LICENSE", "Makefile", "README.md", "hatch_build.py", "pyproject.toml")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with one more kernel, header and simulated GPU, and with leavings that must not travel."""
    copy = tmp_path_factory.mktemp("source tree")
    for name in TREE:
        shutil.copytree(ROOT / name, copy / name)
    for name in FILES:
        shutil.copy(ROOT / name, copy)
    for name in (
        "kernels/probe.cu",
        "kernels/include/probe.cuh",
        "kernels/NOTES.md",
        "profiler/devices/sim/gpus/probe.toml",
        "profiler/__pycache__/probe.cpython-311.pyc",
        ".venv/lib/probe.py",
        "build/probe.py",
    ):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("probe = 1\n", encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel made from the sdist; ``direct/`` has the wheel made from the tree."""
    out = tmp_path_factory.mktemp("built")
    build = [sys.executable, "-m", "build", "--no-isolation", source]
    assert_passes(run([*build, "--outdir", out], cwd=out))
    assert_passes(run([*build, "--wheel", "--outdir", out / "direct"], cwd=out))
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel made from the sdist."""
    (path,) = built.glob("*.whl")
    return path


def _names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def _metadata(wheel: Path) -> email.message.Message:
    text = zipfile.ZipFile(wheel).read(f"lanescope-{profiler.__version__}.dist-info/METADATA").decode()
    return email.parser.Parser().parsestr(text)


def test_top_level(wheel: Path) -> None:
    top = {name.split("/")[0] for name in _names(wheel)}
    assert top == {"profiler", "gui", f"lanescope-{profiler.__version__}.dist-info"}


def test_kernels_travel_inside_the_package(wheel: Path, source: Path) -> None:
    kernels = source / "kernels"
    sources = {path for suffix in ("*.cu", "*.cuh") for path in kernels.rglob(suffix)}
    expected = {f"profiler/_kernels/{path.relative_to(kernels).as_posix()}" for path in sources}
    assert {"profiler/_kernels/probe.cu", "profiler/_kernels/include/probe.cuh"} <= expected
    assert {name for name in _names(wheel) if name.startswith("profiler/_kernels/")} == expected


def test_every_module_and_data_file_travels(wheel: Path, source: Path) -> None:
    paths = [path for package in ("profiler", "gui") for path in (source / package).rglob("*") if path.is_file()]
    expected = {path.relative_to(source).as_posix() for path in paths if "__pycache__" not in path.parts}
    assert {"profiler/py.typed", "profiler/devices/sim/gpus/probe.toml", "gui/__init__.py"} <= expected
    packaged = {name for name in _names(wheel) if name.startswith(("profiler/", "gui/"))}
    assert {name for name in packaged if not name.startswith("profiler/_kernels/")} == expected


def test_the_tree_and_the_sdist_give_the_same_wheel(built: Path, wheel: Path) -> None:
    (direct,) = (built / "direct").glob("*.whl")
    assert _names(direct) == _names(wheel)


def test_an_editable_install_reads_the_kernels_in_place(source: Path, tmp_path: Path) -> None:
    code = "import sys, hatchling.build; hatchling.build.build_editable(sys.argv[1])"
    assert_passes(run([sys.executable, "-c", code, tmp_path], cwd=source))
    (editable,) = tmp_path.glob("*.whl")
    assert not [name for name in _names(editable) if "_kernels" in name]


def test_sdist_holds_the_sources_and_no_leavings(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "hatch_build.py", "Makefile", "kernels/probe.cu", "tests/conftest.py"} <= names
    assert not [name for name in names if name.startswith((".venv", "build", "dist")) or name.endswith(".pyc")]


def test_command_and_requirements(wheel: Path) -> None:
    entry_points = zipfile.ZipFile(wheel).read(f"lanescope-{profiler.__version__}.dist-info/entry_points.txt")
    assert "lanescope = profiler.cli:main" in entry_points.decode()
    metadata = _metadata(wheel)
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) == {"cupti", "sql", "perfetto", "png", "fleet", "all"}
    (guarded,) = [line for line in metadata.get_all("Requires-Dist", []) if "python_version < '3.12'" in line]
    assert guarded.lower().startswith("pyside6-essentials<6.12,>=6.9")


def test_the_installed_copy_runs_away_from_the_tree(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import sys, profiler, profiler.cli; print(profiler.__file__); sys.argv = ['lanescope', '--help']; "
        "profiler.cli.main()"
    )
    result = run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "site")})
    assert_passes(result)
    assert result.stdout.startswith(str(tmp_path))
    assert "lanescope" in result.stdout.partition("\n")[2]
