"""Make the next item in another thread while the last one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterable[Item]) -> Generator[Item, None, None]:
    """The items, each asked for before the one before it is given.

    It pays where making an item gives other threads their turn, as reading and unpacking do. An exception of ``items``
    comes out where its item would have.
    """
    source = iter(items)
    with ThreadPoolExecutor(1, "ahead") as pool:
        coming: Future[Item | None] = pool.submit(next, source, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, source, None)
            yield item
