"""The place of a key's rows: the shard of its slot rows, and the partition of its key row.

Both follow from the CRC-32 of the key's UTF-8, so that a client in any language finds them.
"""

from typing import Final
from zlib import crc32

PARTITIONS: Final = 64
"""The number of partitions of key rows. It is part of the table's format, and never changes."""

SHARDS: Final = 4
"""The number of partitions of each slot in a new table. A table's own number is in its cursor.

A new table takes 4,000 write units a second, and a partition 1,000: four take all of them, even if all tasks
are due in one minute. Each costs four reads a minute, also if it is empty.
"""


def find_shard(key: str, shards: int) -> int:
    """Return the shard of a key's slot rows."""
    return crc32(key.encode()) % shards


def find_partition(key: str) -> int:
    """Return the partition of a key's row."""
    return crc32(key.encode()) % PARTITIONS
