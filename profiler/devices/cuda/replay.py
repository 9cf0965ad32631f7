"""Replaying prepared calls: the one loop whose pace matters."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter_ns
from typing import Any

from profiler.devices.cuda.driver import unknown_code

#: A function and its arguments; it answers a tuple that begins with the driver's code.
Call = tuple[Callable[..., Sequence[Any]], tuple[Any, ...]]


class CallFailed(Exception):
    """A prepared call did not answer success."""

    def __init__(self, place: int, code: Any) -> None:
        super().__init__(place, code)
        self.place = place
        self.code = code


def replay(calls: Sequence[Call], success: Any, stamps: list[int]) -> None:
    """Make the calls in order, with the time of the host's clock before each and after the last in ``stamps``.

    The length of ``stamps`` tells another thread how far it is: a call is under way when its stamp is the last one.

    Raises
    ------
    CallFailed
        With the place of the call and the code it answered. Nothing after it was called.
    """
    # A local name, and ``append`` looked up at each call: the interpreter's fastest way to either.
    now = perf_counter_ns
    try:
        for function, arguments in calls:
            stamps.append(now())
            answer = function(*arguments)
            if answer[0] is not success:
                raise CallFailed(len(stamps) - 1, answer[0])
    except ValueError as error:
        raise CallFailed(len(stamps) - 1, unknown_code(error)) from error
    stamps.append(now())


def touch_memory(calls: int) -> None:
    """Use and give back the memory that the stamps of so many calls will take.

    The system hands memory out a page at a time, at its first use. Without this that falls between the calls of a
    replay, and shows as a slower host than there is.
    """
    now = perf_counter_ns()
    list(range(now, now + calls))


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Python's collector stops for the block: a collection takes milliseconds, a call one microsecond."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
