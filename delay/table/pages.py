"""Reads many rows of a table: page by page, with the next pages under way, and with flat memory."""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from delay.table.requests import Requests
from task_table.hashing import PARTITIONS
from task_table.key_row import KeyRow
from task_table.ports import Page
from task_table.slot import Slot
from task_table.slot_row import SlotRow

T = TypeVar("T")
R = TypeVar("R")

THREADS: Final = 16
"""The requests under way at a time."""

ROWS: Final = 250
"""The rows of a page, if those of all partitions are in memory at once."""


def read_partition(requests: Requests, prefix: str, partition: int) -> Iterator[Sequence[KeyRow]]:
    """Yield the key rows of one partition, in pages of up to 1 MB."""
    after: str | None = None
    while True:
        page = _query(requests, prefix, partition, after)
        yield page.rows
        if page.after is None:
            return
        after = page.after


def read_key_rows(requests: Requests, prefix: str) -> Iterator[KeyRow]:
    """Yield the key rows of a prefix, in the order of their keys, those of all partitions merged."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="delay-table") as pool:
        queries = [partial(_query, requests, prefix, number, rows=ROWS) for number in range(PARTITIONS)]
        firsts = [pool.submit(query, None) for query in queries]
        streams = [_follow(pool, query, first) for query, first in zip(queries, firsts, strict=True)]
        yield from heapq.merge(*streams, key=lambda row: row.key.encode())


def read_slot_rows(requests: Requests, groups: Iterable[Sequence[Slot]]) -> Iterator[SlotRow]:
    """Yield the rows of slots, group after group; those of a group in the order of their due times and keys.

    The first pages of the next slots are under way. Further ones are read as rows are consumed.
    """
    with ThreadPoolExecutor(THREADS, thread_name_prefix="delay-table") as pool:

        def begin(slot: Slot) -> Iterator[SlotRow]:
            query = partial(_query_slot, requests, slot)
            return _follow(pool, query, pool.submit(query, None))

        begun: deque[list[Iterator[SlotRow]]] = deque()
        for group in groups:
            begun.append([begin(slot) for slot in group])
            if sum(map(len, begun)) > THREADS:
                yield from _merge(begun.popleft())
        for streams in begun:
            yield from _merge(streams)


def map_ahead(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield the results of a function for items, in their order, while some of the next are computed."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="delay-table") as pool:
        begun: deque[Future[R]] = deque()
        for item in items:
            begun.append(pool.submit(function, item))
            while begun and (len(begun) > THREADS or begun[0].done()):
                yield begun.popleft().result()
        for each in begun:
            yield each.result()


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of `size` items; the last one may be shorter."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _merge(streams: Iterable[Iterator[SlotRow]]) -> Iterator[SlotRow]:
    return heapq.merge(*streams, key=lambda row: row.sk.encode())


def _follow(
    pool: ThreadPoolExecutor, query: Callable[[str | None], Page[T]], first: Future[Page[T]]
) -> Iterator[T]:
    """Yield rows page by page. The next page is read while those of the last one are consumed."""
    page = first.result()
    while page.after is not None:
        following = pool.submit(query, page.after)
        yield from page.rows
        page = following.result()
    yield from page.rows


def _query(
    requests: Requests, prefix: str, partition: int, after: str | None, rows: int | None = None
) -> Page[KeyRow]:
    return requests.ask_table(lambda table: table.query_keys(partition, prefix, after, rows))


def _query_slot(requests: Requests, slot: Slot, after: str | None) -> Page[SlotRow]:
    return requests.ask_table(lambda table: table.query_slot(slot, after))
