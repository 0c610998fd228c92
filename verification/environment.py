"""The environment without the caller's own accounts, endpoints and tasks."""

import os
from typing import Final

_HIDDEN_PREFIXES: Final = ("AWS_", "DELAY_", "SAM_")

_LOCAL_SETTINGS: Final = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}


def neutral_environment() -> dict[str, str]:
    """Return the caller's environment without the settings of AWS, sam and `delay`."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_HIDDEN_PREFIXES)}


def isolate_process() -> None:
    """Remove the settings from this process too, and let it reach this computer without a proxy."""
    kept = neutral_environment()
    os.environ.clear()
    os.environ.update(kept | _LOCAL_SETTINGS)
