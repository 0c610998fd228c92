"""Paths, names and limits from AWS's model of the Lambda service."""

import re
from functools import cache
from typing import Any

from stepfunctions_local.service_model import service_model

INVOKE = "Invoke"


@cache
def operations() -> dict[str, tuple[str, re.Pattern[str]]]:
    """Return every operation's HTTP method and the pattern of its path, by its name."""
    model = service_model("lambda")
    requests = {name: model.operation_model(name).http for name in model.operation_names}
    return {name: (http["method"], _path_pattern(http["requestUri"])) for name, http in requests.items()}


@cache
def name_pattern() -> re.Pattern[str]:
    """Return the pattern of the names and ARNs that callers may use for a function."""
    return re.compile(_name_limits()["pattern"])


@cache
def max_name_length() -> int:
    """Return the maximum length of a function's name or ARN."""
    return int(_name_limits()["max"])


@cache
def qualifier_limits() -> dict[str, Any]:
    """Return the `max` length and the `pattern` of the parameter Qualifier."""
    shape = service_model("lambda").operation_model(INVOKE).input_shape
    limits: dict[str, Any] = shape.members["Qualifier"].metadata if shape else {}
    return limits


def _name_limits() -> dict[str, Any]:
    limits: dict[str, Any] = service_model("lambda").shape_for("NamespacedFunctionName").metadata
    return limits


def _path_pattern(uri: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(uri.partition("?")[0].rstrip("/"))) + "/?")
