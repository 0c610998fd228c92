"""The input of a child of a Map Run: one item, or a batch of them."""

from collections.abc import Callable

from stepfunctions_local.engine.execution.document import byte_length
from stepfunctions_local.language import dump_json
from stepfunctions_local.language.map_run import Batching


def build_child_input(
    batching: Batching | None, first: int, length: int, select: Callable[[int], str]
) -> tuple[str, int]:
    """Return the input of the child that begins with item `first`, and the number of its last item.

    `length` is the number of items that were read. `select` returns the part of an item, JSON text.
    """
    if batching is None:
        return select(first), first
    begin = f'"BatchInput":{dump_json(batching.batch_input)},' if batching.has_input else ""
    begin = f'{{{begin}"Items":['
    size, items = byte_length(begin) + 1, list[str]()
    for number in range(first, length):
        if batching.most_items is not None and len(items) >= batching.most_items:
            break
        text = select(number)
        size += byte_length(text) + 1
        if items and size > batching.most_bytes:
            break
        items.append(text)
    return f"{begin}{','.join(items)}]}}", first + len(items) - 1
