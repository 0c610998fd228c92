"""AWS credentials: the caller's if its environment has them, dummies otherwise.

Local endpoints check no signature, but some distinguish callers by the access key.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from stepfunctions_local.errors import SettingError


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


def find_credentials() -> Credentials:
    """Return the caller's own credentials, as the AWS CLI finds them: in the environment or a profile.

    Raises:
        SettingError: there are none.

    """
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - slow, and rarely needed
    from botocore.session import Session  # noqa: PLC0415 - likewise

    try:
        found = Session().get_credentials()
        frozen = found and found.get_frozen_credentials()
    except BotoCoreError as error:
        raise SettingError(f"--pass-credentials finds no AWS credentials: {error}") from error
    if not (frozen and frozen.access_key and frozen.secret_key):
        raise SettingError(
            "--pass-credentials finds no AWS credentials: run `aws configure`, or leave it out."
        )
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token)
