"""The digest of a payload, by which a repeated request is recognised without reading the payload."""

import hashlib
import json

_DIGITS = 32


def compute_digest(payload_text: str) -> str:
    """Return the digest of a payload, from its JSON text.

    The order of members does not matter; 1 and 1.0 differ.
    """
    canonical = json.dumps(json.loads(payload_text), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS]
