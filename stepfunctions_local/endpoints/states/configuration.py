"""A state machine's logging, tracing and encryption in a request.

The log level has its effect here. The destination, tracing and encryption are only stored and shown.
"""

from collections.abc import Mapping
from typing import Any

from stepfunctions_local.engine.errors import InvalidLoggingConfiguration
from stepfunctions_local.engine.machines.state_machine import DEFAULT_CONFIGURATION
from stepfunctions_local.language import Json


def read_configuration(request: Mapping[str, Any]) -> dict[str, Json]:
    """Return the configurations that a request has, each completed with its defaults.

    Raises:
        InvalidLoggingConfiguration: there is not exactly one log destination.

    """
    given: dict[str, Json] = {
        key: {**default, **request[key]}
        for key, default in DEFAULT_CONFIGURATION.items()
        if request.get(key) is not None
    }
    _require_one_destination(request.get("loggingConfiguration") or {})
    return given


def _require_one_destination(logging: Mapping[str, Any]) -> None:
    destinations = logging.get("destinations") or []
    if len(destinations) > 1 or (logging.get("level", "OFF") != "OFF" and not destinations):
        raise InvalidLoggingConfiguration("Must specify exactly one Log Destination.")
