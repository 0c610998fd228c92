"""The functions of a built template."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.function import DEFAULT_MEMORY_MB, DEFAULT_TIMEOUT_SECONDS, Function
from stepfunctions_local.lambdas.nodejs import NodeMissing, find_node_runtime
from stepfunctions_local.template.faults import gather
from stepfunctions_local.template.inline_code import write_inline_code
from stepfunctions_local.template.properties import Properties

TIMEOUTS_SECONDS = range(1, 901)
MEMORIES_MB = range(128, 10_241)
CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Lambda::Function": "Code"}
RUNTIME: Final = re.compile(r"python3\.\d+|nodejs\d+\.x")
ELSEWHERE: Final = (
    "Serve it with `sam local start-lambda`, which needs Docker, and run `stepfunctions-local "
    "--lambda-endpoint URL` instead of `delay local`."
)


def read_function(
    type_: str, properties: Properties, layers: tuple[Path, ...], inline_folder: Path
) -> Function:
    """Return a function. Code that stands in the template is written to the folder for such code.

    Raises:
        TemplateError: it cannot run here, or values are unresolvable. It has all faults.

    """
    fields = gather(_list_fields(type_, properties, inline_folder))
    return Function(logical_id=properties.logical_id, layers=layers, **fields)


def _list_fields(type_: str, properties: Properties, inline_folder: Path) -> Mapping[str, Callable[[], Any]]:
    return {
        "function_name": lambda: properties.get_text("FunctionName"),
        "runtime": lambda: _read_runtime(properties),
        "handler": lambda: _read_handler(properties),
        "code": lambda: _read_code(type_, properties, inline_folder),
        "timeout_seconds": lambda: properties.get_whole_number(
            "Timeout", DEFAULT_TIMEOUT_SECONDS, TIMEOUTS_SECONDS
        ),
        "memory_mb": lambda: properties.get_whole_number("MemorySize", DEFAULT_MEMORY_MB, MEMORIES_MB),
        "variables": lambda: _read_variables(properties),
        "logging": lambda: properties.to_texts("LoggingConfig", properties.get_object("LoggingConfig")),
    }


def _is_image(properties: Properties) -> bool:
    return bool(properties.get("PackageType") == "Image")


def _read_runtime(properties: Properties) -> str:
    if _is_image(properties):
        place = properties.place("PackageType")
        raise TemplateError(f"{place}: {properties.logical_id} is a container image. {ELSEWHERE}")
    runtime = properties.get_text("Runtime")
    if runtime is None or not RUNTIME.fullmatch(runtime):
        given = f"the runtime {runtime}" if runtime else "no runtime"
        raise TemplateError(
            f"{properties.place('Runtime')}: {properties.logical_id} has {given}: only Python and Node.js "
            f"run here. {ELSEWHERE}"
        )
    if runtime.startswith("nodejs"):
        _require_node(properties)
    return runtime


def _require_node(properties: Properties) -> None:
    try:
        find_node_runtime()
    except NodeMissing as error:
        place = properties.place("Runtime")
        raise TemplateError(f"{place}: {properties.logical_id} is in Node.js: {error}") from error


def _read_handler(properties: Properties) -> str:
    return "" if _is_image(properties) else properties.require_text("Handler")


def _read_code(type_: str, properties: Properties, inline_folder: Path) -> Path:
    """Return the folder of the code. An image has none, which is reported as its own fault."""
    if _is_image(properties):
        return Path()
    name = CODE[type_]
    code, inline = properties.get(name), properties.get("InlineCode")
    if isinstance(code, dict) and "ZipFile" in code:
        inline = code["ZipFile"]
    if isinstance(inline, str):
        runtime, folder = properties.get_text("Runtime") or "", inline_folder / properties.logical_id
        return write_inline_code(inline, runtime, folder, properties.place(name))
    path = properties.get_path(name)
    if path.is_file():
        raise TemplateError(f"{properties.place(name)} is the file {path}: unpack it, and name its folder.")
    return path


def _read_variables(properties: Properties) -> dict[str, str]:
    environment = properties.get_object("Environment")
    return properties.to_texts("Environment/Variables", environment.get("Variables") or {})
