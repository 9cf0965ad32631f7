"""Workloads by name, by TOML file, or from a function of the user's own."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from profiler.errors import LanescopeError, UsageError, suggestion
from profiler.workload.files import load_workload
from profiler.workload.micro import MICRO
from profiler.workload.model import INPUT_FORMATS, PRECISIONS, KernelCall, Workload
from profiler.workload.networks import NETWORKS, network


def workload_names() -> tuple[str, ...]:
    """Names that `open_workload` knows, networks first."""
    return (*NETWORKS, *MICRO)


def open_workload(
    spec: str, *, precision: str | None = None, input_format: str | None = None, size: int | None = None
) -> Workload:
    """The workload that ``spec`` names.

    Parameters
    ----------
    spec : str
        One of `workload_names`, the path of a TOML file, or ``module:function`` of the user's own, which gets those
        of the other parameters that were given and that it takes, by keyword, and returns a `Workload`. The
        current directory is put on ``sys.path`` for it, as ``python -m`` does.
    precision : str, optional
        ``fp32`` or ``int8``; where None the workload's own, which is ``fp32`` for those that have both.
    input_format : str, optional
        ``fp32`` or ``uint8``, for images.
    size : int, optional
        Elements of an array or side of a matrix, for those that have a size.

    Raises
    ------
    UsageError
        The name is unknown, the file or function is wrong, or an option does not go with the workload.
    """
    _check_choice("--precision", precision, PRECISIONS)
    _check_choice("--input", input_format, INPUT_FORMATS)
    if spec in NETWORKS:
        _refuse("--size", size, spec, "a network has the size of its images")
        return network(spec, precision or "fp32", input_format or "fp32")
    if spec in MICRO:
        _refuse("--input", input_format, spec, "its samples are not images")
        return MICRO[spec](precision=precision, size=size)
    if spec.endswith(".toml") or os.path.exists(spec):
        return _from_file(spec, precision, input_format, size)
    if ":" in spec:
        return _from_function(spec, {"precision": precision, "input_format": input_format, "size": size})
    remedy = f"{suggestion(spec, workload_names())} A TOML file or module:function can be named too."
    raise UsageError(f"no workload is called {spec!r}", remedy=remedy)


def _from_file(path: str, precision: str | None, input_format: str | None, size: int | None) -> Workload:
    _refuse("--size", size, path, "the file says all sizes")
    _refuse("--input", input_format, path, "the file says the bytes of an input")
    workload = load_workload(path).workload()
    _check_precision(workload, precision, path)
    return workload


def _from_function(spec: str, options: dict[str, Any]) -> Workload:
    function = _imported(spec)
    given = {name: value for name, value in options.items() if value is not None}
    taken = _accepted(function, spec)
    for name in given:
        if name not in taken and name != "precision":
            option = {"input_format": "--input"}.get(name, f"--{name}")
            raise UsageError(f"{spec} takes no {name}", where=option, remedy="Leave the option out.")
    with _user_code(spec):
        workload = function(**{name: value for name, value in given.items() if name in taken})
    if not isinstance(workload, Workload):
        remedy = "It must return a profiler.workload.model.Workload."
        raise UsageError(f"{spec} returned {type(workload).__name__}, not a Workload", remedy=remedy)
    with _user_code(spec):
        kernels = workload.kernels(1)
    if not kernels or not all(isinstance(kernel, KernelCall) for kernel in kernels):
        raise UsageError(f"{spec} returned a Workload whose build gives no KernelCall", remedy="Give one at least.")
    _check_precision(workload, options["precision"], spec)
    return workload


def _imported(spec: str) -> Callable[..., Any]:
    module_name, _, path = spec.partition(":")
    if not all(part.isidentifier() for part in (*module_name.split("."), *path.split("."))):
        raise UsageError(f"{spec!r} is not of the form module:function", remedy="An example is my_pipeline:build.")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    with _user_code(f"module {module_name}"):
        found: Any = importlib.import_module(module_name)
    for part in path.split("."):
        if not hasattr(found, part):
            names = [name for name, value in vars(found).items() if callable(value) and not name.startswith("_")]
            raise UsageError(f"module {module_name} has no {path}", where=spec, remedy=suggestion(part, names))
        found = getattr(found, part)
    if not callable(found):
        raise UsageError(f"{spec} is not a function", remedy="Name a function that returns a Workload.")
    function: Callable[..., Any] = found
    return function


def _accepted(function: Callable[..., Any], spec: str) -> set[str]:
    """Which of our options the function takes by keyword; one it requires and nobody gave is an error of the call."""
    with _user_code(spec):
        parameters = inspect.signature(function).parameters.values()
    names = {"precision", "input_format", "size"}
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return names
    by_keyword = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return names & {parameter.name for parameter in parameters if parameter.kind in by_keyword}


@contextmanager
def _user_code(what: str) -> Iterator[None]:
    """Turns whatever the user's own code raises into one message that names it."""
    try:
        yield
    except LanescopeError:
        raise
    except (Exception, SystemExit) as error:
        detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise UsageError(f"{what} failed: {detail}", remedy="Run it on its own to see where.") from error


def _check_choice(option: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise UsageError(f"{value!r} is not known", where=option, remedy=suggestion(value, choices))


def _refuse(option: str, value: object, workload: str, reason: str) -> None:
    if value is not None:
        raise UsageError(f"{workload} does not take {option}: {reason}", where=option, remedy="Leave the option out.")


def _check_precision(workload: Workload, precision: str | None, source: str) -> None:
    if precision not in (None, workload.precision):
        what = f"{source} describes a workload in {workload.precision}, not {precision}"
        raise UsageError(what, where="--precision", remedy="Leave the option out or change the workload.")
