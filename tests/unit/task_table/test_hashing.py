"""The place of a key's rows, by published test vectors of CRC-32."""

import pytest

from task_table.hashing import PARTITIONS, find_partition, find_shard

VECTORS = [
    ("123456789", 0xCBF43926),
    ("The quick brown fox jumps over the lazy dog", 0x414FA339),
    ("a", 0xE8B7BE43),
    ("abc", 0x352441C2),
    ("message digest", 0x20159D7F),
    ("abcdefghijklmnopqrstuvwxyz", 0x4C2750BD),
]
"""The check value of CRC-32/ISO-HDLC, and the vectors of RFC 1321's texts."""


@pytest.mark.parametrize(("key", "checksum"), VECTORS)
def test_shard_and_partition_are_the_remainders_of_the_crc_32(key: str, checksum: int) -> None:
    """A client in any language finds the rows of a key by the published CRC-32."""
    assert find_partition(key) == checksum % PARTITIONS
    assert [find_shard(key, shards) for shards in (1, 8, 16)] == [0, checksum % 8, checksum % 16]


def test_key_is_hashed_as_utf_8() -> None:
    """The checksum of a key beyond ASCII is that of its UTF-8."""
    assert find_partition("é") == _compute_crc(b"\xc3\xa9") % PARTITIONS


def _compute_crc(data: bytes) -> int:
    """Return the CRC-32 bit by bit, as its definition has it."""
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum ^= byte
        for _ in range(8):
            checksum = (checksum >> 1) ^ (0xEDB88320 if checksum & 1 else 0)
    return checksum ^ 0xFFFFFFFF
