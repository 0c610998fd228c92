"""AWS credentials: the caller's if its environment has them, dummies otherwise.

Local endpoints check no signature, but some distinguish callers by the access key.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key, in the form in which botocore signs with it. The defaults are dummies."""

    access_key: str = "local"
    secret_key: str = field(default="local", repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self | None:
        """Return the access key that an environment names, as SDKs read it; None if it is not complete."""
        key, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
        return cls(key, secret, environment.get("AWS_SESSION_TOKEN") or None) if key and secret else None
