"""What AWS's model of the Lambda service says of paths, names and limits."""

import re
from functools import cache
from typing import Any

from stepfunctions_local.service_model import service_model

INVOKE = "Invoke"


@cache
def operations() -> dict[str, tuple[str, re.Pattern[str]]]:
    """Every operation, with its HTTP method and the pattern of its path."""
    model = service_model("lambda")
    requests = {name: model.operation_model(name).http for name in model.operation_names}
    return {name: (http["method"], _path_pattern(http["requestUri"])) for name, http in requests.items()}


@cache
def name_pattern() -> re.Pattern[str]:
    """What a caller may call a function."""
    return re.compile(_name_limits()["pattern"])


@cache
def max_name_length() -> int:
    """Give the most characters of a function's name or ARN."""
    return int(_name_limits()["max"])


def _name_limits() -> dict[str, Any]:
    limits: dict[str, Any] = service_model("lambda").shape_for("NamespacedFunctionName").metadata
    return limits


def _path_pattern(uri: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(uri.partition("?")[0].rstrip("/"))) + "/?")
