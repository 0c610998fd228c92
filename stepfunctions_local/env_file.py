"""Files of settings: for endpoints in the format of `docker run --env-file`, for functions in that of SAM.

The former have the names that AWS gave them in its image amazon/aws-stepfunctions-local.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from stepfunctions_local.errors import SettingError


def read_env_file(path: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the settings in a file, as `docker run --env-file` reads them.

    A line is one of three:
    `NAME=value`, whose value is taken as it stands, quotes and all;
    `NAME`, whose value is taken from `environment` if it is set there;
    a comment, which begins with `#`.

    Raises:
        SettingError: the file cannot be read, or a line is none of these.

    """
    settings = {}
    for number, line in enumerate(_read_lines(path), 1):
        text = line.lstrip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not name or any(character.isspace() for character in name):
            # The line may hold a secret, so it is not quoted.
            raise SettingError(f"{path}, line {number}: the line is not NAME=value.")
        if equals or name in environment:
            settings[name] = value if equals else environment[name]
    return settings


def read_function_variables(path: Path) -> dict[str, dict[str, str]]:
    """Return the environment variables in a file, by function, as `sam local` reads it with `--env-vars`.

    The file is a JSON object of objects. The member `Parameters` is for all functions.

    Raises:
        SettingError: the file cannot be read, or has another form.

    """
    try:
        parsed = json.loads("\n".join(_read_lines(path)))
    except (ValueError, RecursionError) as error:
        raise SettingError(f"Cannot read the variables in {path}: it is not JSON: {error}.") from error
    if not (isinstance(parsed, dict) and all(isinstance(each, dict) for each in parsed.values())):
        raise SettingError(
            f'Cannot read the variables in {path}: {{"Function": {{"NAME": "value"}}}} is expected.'
        )
    return {
        function: {name: _to_text(path, name, value) for name, value in variables.items()}
        for function, variables in parsed.items()
    }


def _to_text(path: Path, name: str, value: object) -> str:
    """Return a value as SAM passes it on."""
    if isinstance(value, dict | list):
        raise SettingError(
            f"Cannot read the variables in {path}: {name} must be a text, a number or a boolean."
        )
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise SettingError(f"Cannot read the settings in {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"Cannot read the settings in {path}: it is not UTF-8 text.") from error
