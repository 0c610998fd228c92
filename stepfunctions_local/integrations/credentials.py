"""What calls are signed with. Local endpoints check no signature, but some tell callers apart by the key."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key, a dummy where there is none, in the form in which botocore signs with it."""

    access_key: str = "local"
    secret_key: str = field(default="local", repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Take the access key that the environment names, as SDKs do."""
        key, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
        return cls(key, secret, environment.get("AWS_SESSION_TOKEN") or None) if key and secret else cls()
