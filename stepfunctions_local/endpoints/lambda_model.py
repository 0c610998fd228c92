"""What botocore's model of the Lambda service says of paths, names and limits."""

import re
from functools import cache
from typing import Any

from botocore.loaders import Loader

INVOKE = "Invoke"


@cache
def operations() -> dict[str, tuple[str, re.Pattern[str]]]:
    """Every operation, with its HTTP method and the pattern of its path."""
    return {
        name: (operation["http"]["method"], _path_pattern(operation["http"]["requestUri"]))
        for name, operation in _model()["operations"].items()
    }


@cache
def name_pattern() -> re.Pattern[str]:
    """What a caller may call a function."""
    return re.compile(_name_shape()["pattern"])


@cache
def max_name_length() -> int:
    """Give the most characters of a function's name or ARN."""
    return int(_name_shape()["max"])


def _name_shape() -> dict[str, Any]:
    shapes: dict[str, dict[str, Any]] = _model()["shapes"]
    request = shapes[_model()["operations"][INVOKE]["input"]["shape"]]
    return shapes[request["members"]["FunctionName"]["shape"]]


@cache
def _model() -> dict[str, Any]:
    model: dict[str, Any] = Loader().load_service_model("lambda", "service-2")
    return model


def _path_pattern(uri: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(uri.partition("?")[0].rstrip("/"))) + "/?")
