"""The command line as a whole: what is loaded, what is said, and the exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Annotated

import pytest
import typer

import profiler
from profiler.cli import app
from profiler.errors import DeviceError, GateFailed, OutputError, TraceReadError, UsageError
from tests.helpers.patience import PATIENCE_S
from tests.helpers.project import ROOT, run, running

START = "import sys; from profiler.cli import main; sys.exit(main())"
HEAVY = {"PySide6", "shiboken6", "pyqtgraph", "cuda", "pyarrow", "numpy", "rich", "msgspec"}

#: Runs the command line, then prints which modules it loaded and its exit code.
LOADED = """
import json, sys
from profiler.cli import main
code = main()
print(json.dumps([code, sorted(sys.modules)]))
"""


def lanescope(*args: str, **options: object) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "-c", START, *args], **options)


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], None]:
    """A function that makes another function the verb ``probe``."""

    def install(command: Callable[..., None]) -> None:
        module = ModuleType("probe_verb")
        module.command = command
        monkeypatch.setitem(sys.modules, "probe_verb", module)
        monkeypatch.setitem(app.VERBS, "probe", app.Verb("probe_verb", "A verb of the tests."))

    return install


def failing(error: BaseException) -> Callable[..., None]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_every_verb_with_one_line(flag: str) -> None:
    result = lanescope(flag, env={"COLUMNS": "120"})

    assert result.returncode == 0
    assert result.stderr == ""
    lines = [
        line.split(maxsplit=1) for line in result.stdout.partition("Verbs:\n")[2].partition("\n\n")[0].splitlines()
    ]
    assert lines == [[name, entry.summary] for name, entry in app.VERBS.items()]


def test_version() -> None:
    result = lanescope("--version")

    assert (result.returncode, result.stdout) == (0, f"lanescope {profiler.__version__}\n")


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["no-such-verb"], ["--no-such-option"]])
def test_the_root_loads_nothing_it_does_not_need(args: list[str]) -> None:
    result = run([sys.executable, "-c", LOADED, *args])
    modules = json.loads(result.stdout.splitlines()[-1])[1]

    assert "profiler.cli.app" in modules
    assert not {entry.module for entry in app.VERBS.values()} & set(modules)
    assert not HEAVY & {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize("name", sorted(app.VERBS))
def test_a_verb_loads_no_other_verb(name: str) -> None:
    result = run([sys.executable, "-c", LOADED, name, "--help"])
    code, modules = json.loads(result.stdout.splitlines()[-1])

    assert code == 0
    assert {entry.module for entry in app.VERBS.values()} & set(modules) == {app.VERBS[name].module}
    assert not {"PySide6", "cuda", "pyarrow"} & {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize("name", sorted(app.VERBS))
def test_every_verb_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run([name, "--help"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"Usage: lanescope {name} ")
    assert captured.err == ""


def test_every_verb_is_one_module_of_its_name() -> None:
    for name, entry in app.VERBS.items():
        assert entry.module == f"profiler.cli.{name}"
        assert (ROOT / "profiler" / "cli" / f"{name}.py").is_file()
        assert len(entry.summary) <= 70
        assert entry.summary.endswith((".", "?"))


def test_without_a_verb_the_help_is_shown_and_it_is_wrong_use() -> None:
    result = lanescope()

    assert (result.returncode, result.stdout) == (2, "")
    assert "Verbs:" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("lanescope: error: no verb is given. ")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["inof"], "there is no verb 'inof'. Did you mean info? Choose from: "),
        (["\x1b[31minfo"], "there is no verb '\\x1b[31minfo'. Did you mean info? Choose from: "),
        (["[red]x[/red]"], "there is no verb '[red]x[/red]'. Choose from: "),
        (["--bach"], "No such option: --bach. See 'lanescope --help'."),
        (["info"], "Missing argument 'TRACE'. See 'lanescope info --help'."),
        (["info", "a", "b"], "Got unexpected extra argument"),
        (["info", "a", "--json=3"], "Option '--json' does not take a value. See "),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    args: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"lanescope: error: {message}")
    assert captured.err.count("\n") == 1
    assert captured.err.endswith("\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [(GateFailed, 1), (UsageError, 2), (TraceReadError, 3), (DeviceError, 4), (OutputError, 5)],
)
def test_each_failure_has_its_exit_code_and_one_message(verb, error, code: int, capsys) -> None:
    verb(failing(error("went [bold]wrong[/bold]\n\x1b[2J", where="a\x07.json", remedy="Stop.")))

    assert app.run(["probe"]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "lanescope: error: a\\x07.json: went [bold]wrong[/bold]\\n\\x1b[2J. Stop.\n"


def test_an_interrupt_is_130(verb, capsys) -> None:
    verb(failing(KeyboardInterrupt()))

    assert app.run(["probe"]) == 130
    assert capsys.readouterr().err == "lanescope: interrupted\n"


def test_a_verb_may_leave_with_a_code_of_its_own(verb) -> None:
    verb(failing(typer.Exit(1)))

    assert app.run(["probe"]) == 1


def test_a_defect_is_not_swallowed(verb) -> None:
    verb(failing(ZeroDivisionError("division by zero")))

    with pytest.raises(ZeroDivisionError):
        app.run(["probe"])


def test_a_verb_gets_its_arguments(verb, capsys) -> None:
    def command(name: str, loud: Annotated[bool, typer.Option("--loud")] = False) -> None:
        """Greet."""
        sys.stdout.write(f"{name} {loud}\n")

    verb(command)

    assert app.run(["probe", "--loud", "--", "-x"]) == 0
    assert capsys.readouterr().out == "-x True\n"


#: A program that adds the verb ``probe`` with a given body and calls the command line.
PROBE = """
import sys, types
from profiler.cli import app, main
module = types.ModuleType("probe_verb")
def command(): {body}
module.command = command
sys.modules["probe_verb"] = module
app.VERBS["probe"] = app.Verb("probe_verb", "A verb.")
sys.exit(main({args!r}))
"""


def probe(body: str, *args: str) -> str:
    return PROBE.format(body=body, args=args or ("probe",))


def test_a_defect_is_reported_in_one_line_and_exit_code_1() -> None:
    result = run([sys.executable, "-c", probe("raise KeyError('a\\x1b[0m\\nb')")], env={"LANESCOPE_DEBUG": ""})

    assert result.returncode == 1
    assert result.stderr.startswith("lanescope: error: unexpected KeyError: ")
    assert "LANESCOPE_DEBUG=1" in result.stderr
    assert "\x1b" not in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "body", ["raise KeyError('x')", "from profiler.errors import UsageError; raise UsageError('x')"]
)
def test_debugging_shows_the_traceback_before_the_message(body: str) -> None:
    result = run([sys.executable, "-c", probe(body)], env={"LANESCOPE_DEBUG": "1"})

    assert result.stderr.startswith("Traceback (most recent call last):")
    assert result.stderr.splitlines()[-1].startswith("lanescope: error: ")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arg", ["--help", "probe"])
def test_standard_output_that_takes_nothing_is_exit_code_5(arg: str, unbuffered: str) -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-c", probe("print('x')", arg)],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert result.returncode == 5
    assert result.stderr == "lanescope: error: standard output cannot be written: No space left on device\n"


def test_a_reader_that_has_seen_enough_is_no_message() -> None:
    code = probe("print('x' * 1_000_000)")
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 5


def test_ctrl_c_is_exit_code_130_without_a_traceback() -> None:
    code = probe("print('ready', flush=True); import time; time.sleep(600)")
    with running([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=PATIENCE_S)[1] == "lanescope: interrupted\n"
    assert process.returncode == 130


def test_text_that_the_encoding_of_standard_output_lacks_is_escaped() -> None:
    result = run([sys.executable, "-c", probe("print('5 µs')")], env={"PYTHONIOENCODING": "ascii"})

    assert (result.returncode, result.stdout) == (0, "5 \\xb5s\n")
