"""The environment without what would lead to an account, an endpoint or a task of the caller's own."""

import os
from typing import Final

_LEADS_ELSEWHERE: Final = ("AWS_", "DELAY_", "SAM_")

_ON_THIS_MACHINE: Final = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}


def neutral_environment() -> dict[str, str]:
    """Return the caller's environment without settings of AWS, of sam and of `delay`."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_LEADS_ELSEWHERE)}


def stay_on_this_machine() -> None:
    """Take these settings from this process, too, and let it reach this machine without a proxy."""
    kept = neutral_environment()
    os.environ.clear()
    os.environ.update(kept | _ON_THIS_MACHINE)
