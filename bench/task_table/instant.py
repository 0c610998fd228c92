"""An endpoint of DynamoDB and SQS that answers at once, and keeps nothing: it measures its clients.

Its arguments are its port, and the pages of each shard of the slot that has rows. It runs as a script in a
process of its own.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import cache
from hashlib import md5
from typing import Any

from task_table.cursor import Cursor
from task_table.item import build_item
from task_table.key_row import KeyRow, RowStatus
from task_table.slot import SECONDS, Slot
from task_table.slot_row import SlotRow

TOKEN = "0" * 16
MINUTE = 30_000_000
"""The minute whose slot has rows."""
PAGE_ROWS = 2_500


class Protocol(asyncio.Protocol):
    """Answers one request after the other on a connection."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer all requests that are complete."""
        self._received += data
        while (request := self._cut_request()) is not None:
            body = answer(*request)
            self._transport.write(_format_head(body) + body)  # type: ignore[attr-defined]

    def _cut_request(self) -> tuple[str, bytes] | None:
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator:
            return None
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        length = int(headers.get(b"content-length", b"0"))
        if len(rest) < length:
            return None
        self._received = rest[length:]
        return headers.get(b"x-amz-target", b"").decode().rpartition(".")[2], rest[:length]


def answer(operation: str, body: bytes) -> bytes:
    """Return the body of an answer."""
    build = _ANSWERS.get(operation)
    return build(body) if build else b"{}"


def _format_head(body: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
        b"Date: %s\r\nContent-Length: %d\r\n\r\n" % (formatdate(usegmt=True).encode(), len(body))
    )


def _insert(body: bytes) -> bytes:
    return json.dumps({"Responses": [{}] * body.count(b'"Statement"')}).encode()


@cache
def _get_cursor(_body: bytes) -> bytes:
    cursor = Cursor(drained=MINUTE, queue_url="http://127.0.0.1/queue", keep_seconds=1, attempts=4, made=1)
    return json.dumps({"Item": build_item(cursor.build_attributes())}).encode()


def _update(body: bytes) -> bytes:
    """Return the row as a claim leaves it."""
    item = _build_key_item()
    item["sk"] = json.loads(body)["Key"]["sk"]
    return json.dumps({"Attributes": item}).encode()


@cache
def _build_key_item() -> dict[str, Any]:
    row = KeyRow(
        key="key",
        token=TOKEN,
        made=TOKEN,
        due=1,
        slot=Slot(1, 1).pk,
        status=RowStatus.RUNNING,
        digest="0" * 32,
        delay=1,
        scheduled=1,
        attempts=1,
        claim=TOKEN,
        lease=1,
        called=1,
    )
    return build_item(row.build_attributes())


def _query(body: bytes) -> bytes:
    request = json.loads(body)
    (partition,) = (value["S"] for value in request["ExpressionAttributeValues"].values())
    slot = Slot.of_partition(partition)
    if slot.minute != MINUTE:
        return b'{"Items":[],"Count":0}'
    start = request.get("ExclusiveStartKey")
    return _build_page(slot, int(start["sk"]["S"]) if start else 0)


@cache
def _build_page(slot: Slot, number: int) -> bytes:
    rows = [_build_row(slot, number * PAGE_ROWS + each) for each in range(PAGE_ROWS)]
    page: dict[str, Any] = {"Items": rows, "Count": PAGE_ROWS}
    if number + 1 < int(sys.argv[2]):
        page["LastEvaluatedKey"] = build_item({"pk": slot.pk, "sk": str(number + 1)})
    return json.dumps(page).encode()


def _build_row(slot: Slot, number: int) -> Mapping[str, Any]:
    row = SlotRow(
        slot=slot,
        key=f"order-{number:08}-{slot.shard}-confirm",
        token=TOKEN,
        due=slot.minute * SECONDS,
        payload=json.dumps({"order": number, "text": "x" * 200}),
        delay=1,
        made=TOKEN,
        expires=1,
    )
    return build_item(row.build_attributes())


def _send(body: bytes) -> bytes:
    sent = [
        {
            "Id": entry["Id"],
            "MessageId": "1",
            "MD5OfMessageBody": md5(entry["MessageBody"].encode(), usedforsecurity=False).hexdigest(),
        }
        for entry in json.loads(body)["Entries"]
    ]
    return json.dumps({"Successful": sent, "Failed": []}).encode()


_ANSWERS: Mapping[str, Callable[[bytes], bytes]] = {
    "batchexecutestatement": _insert,
    "batchwriteitem": lambda _: b'{"UnprocessedItems":{}}',
    "getitem": _get_cursor,
    "query": _query,
    "sendmessagebatch": _send,
    "updateitem": _update,
}


async def serve(port: int) -> None:
    """Serve for ever."""
    server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
