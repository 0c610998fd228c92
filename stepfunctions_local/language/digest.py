"""The hash functions of both query languages: States.Hash and `$hash`."""

import hashlib
from typing import Final

ALGORITHMS: Final = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
"""The algorithms by their names in Step Functions, with Python's names."""


def digest_text(text: str, algorithm: str) -> str:
    """Return the hash of a text, in hexadecimal digits."""
    content = text.encode(errors="replace")
    return hashlib.new(ALGORITHMS[algorithm], content, usedforsecurity=False).hexdigest()
