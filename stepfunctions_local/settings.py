"""The settings of the local endpoints: by option, by environment, or by the file that docker run reads.

The names are AWS's own, of its image amazon/aws-stepfunctions-local.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from stepfunctions_local.errors import SettingError


def read_env_file(path: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Read a file of settings as `docker run --env-file` does.

    A line is `NAME=value`, taken as it stands, quotes and all; or `NAME`, taken from `environment` where it
    is set there; or a comment that begins with `#`.

    Raises:
        SettingError: the file cannot be read, or a line is none of these.

    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise SettingError(f"Cannot read the settings in {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"Cannot read the settings in {path}: it is not UTF-8 text.") from error
    settings = {}
    for number, line in enumerate(lines, 1):
        text = line.lstrip()
        if not text or text.startswith("#"):
            continue
        name, given, value = text.partition("=")
        if not name or any(character.isspace() for character in name):
            raise SettingError(f"{path}, line {number}: '{line}' is not NAME=value.")
        if given or name in environment:
            settings[name] = value if given else environment[name]
    return settings
