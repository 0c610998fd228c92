"""AWS's own models of its services, from botocore: operations, shapes, limits and errors."""

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from botocore.loaders import JSONFileLoader, Loader
from botocore.model import ServiceModel

_LOADING: Final = Lock()
_LOADED: Final[dict[str, ServiceModel]] = {}


def service_model(name: str) -> ServiceModel:
    """Return the model of a service by botocore's name, such as `stepfunctions`. It is loaded once."""
    if name not in _LOADED:
        load_service_models([name])
    return _LOADED[name]


def are_loaded(names: Iterable[str]) -> bool:
    """Whether `service_model` returns these models at once."""
    return all(name in _LOADED for name in names)


def load_service_models(names: Iterable[str]) -> None:
    """Load models, which takes up to 100 ms each. Call it in a thread: an event loop goes on meanwhile."""
    with _LOADING:
        for name in names:
            if name not in _LOADED:
                loaded = Loader(file_loader=_FileLoader()).load_service_model(name, "service-2")
                _LOADED[name] = ServiceModel(loaded, name)


@cache
def list_service_names() -> frozenset[str]:
    """Return botocore's names of all services."""
    return frozenset(Loader().list_available_services("service-2"))


class _FileLoader(JSONFileLoader):
    """Reads a model in half of botocore's time, and lets other threads run meanwhile."""

    def _load_file(self, full_path: str, open_method: Callable[..., Any]) -> Any:  # noqa: ANN401 - any JSON
        if not Path(full_path).is_file():
            return None
        with open_method(full_path, "rb") as file:
            return json.loads(file.read(), object_pairs_hook=_build_object)


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. As a function of Python it is where a parser written in C lets go of the GIL."""
    return dict(pairs)


_WORD_BOUNDARIES: Final = (
    (re.compile(r"[^A-Za-z0-9]+"), " "),
    (re.compile(r"([^a-z]{2,})v([0-9]+)"), r"\1 v\2 "),
    (re.compile(r"([^A-Z]{2,})V([0-9]+)"), r"\1 V\2 "),
    (re.compile(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])"), " "),
    (re.compile(r"([A-Z]+)([A-Z][a-z])"), r"\1 \2"),
    (re.compile(r"([0-9])([a-zA-Z])"), r"\1 \2"),
)


def java_name(service_id: str) -> str:
    """Return the name of a service in AWS's SDK for Java 2, by that SDK's own rule: `DynamoDb`, `AcmPca`.

    Source: `splitOnWordBoundaries` and `getServiceName` in the code generator of aws-sdk-java-v2.
    """
    return _join_words(service_id).removeprefix("Amazon").removeprefix("Aws").removesuffix("Service")


def java_exception(shape: str) -> str:
    """Return the name of an exception in AWS's SDK for Java 2.

    `DBInstanceNotFoundFault` is `DbInstanceNotFoundException`.
    Source: `getExceptionName` in the code generator of aws-sdk-java-v2.
    """
    return f"{_join_words(shape.removesuffix('Fault').removesuffix('Exception'))}Exception"


def _join_words(text: str) -> str:
    """Return the words of a text in Pascal case."""
    for boundary, replacement in _WORD_BOUNDARIES:
        text = boundary.sub(replacement, text)
    return "".join(word.capitalize() for word in text.split())
