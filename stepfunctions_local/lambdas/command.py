"""The command that runs a function: AWS's runtime client of its language, with the function's layers."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stepfunctions_local.lambdas import runtime
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.lambdas.nodejs import find_node_runtime

_PYTHON_RUNTIME: Final = Path(runtime.__file__).resolve()
_NODE_RUNTIME: Final = _PYTHON_RUNTIME.with_name("node") / "runtime.mjs"


def build_command(function: Function) -> list[str]:
    """Return the command of a function's workers.

    Raises:
        NodeMissing: Node.js or its runtime client was removed.

    """
    if is_node(function):
        found = find_node_runtime()
        return [found.node, str(_NODE_RUNTIME), str(found.client), function.handler]
    paths = (str(path) for path in _list_python_paths(function))
    return [sys.executable, "-B", str(_PYTHON_RUNTIME), function.handler, *paths]


def build_module_path(function: Function) -> dict[str, str]:
    """Return the variable by which Node.js finds modules outside of a function's folder.

    Source: AWS Lambda Developer Guide, "Defined runtime environment variables" and "Layer paths".
    """
    major = function.runtime.removesuffix(".x").removeprefix("nodejs")
    paths = [
        str(layer / "nodejs" / path)
        for layer in reversed(function.layers)
        for path in (f"node{major}/node_modules", "node_modules")
    ]
    return {"NODE_PATH": os.pathsep.join([*paths, str(function.code)])} if is_node(function) else {}


def is_node(function: Function) -> bool:
    """Whether a function is in Node.js."""
    return function.runtime.startswith("nodejs")


def _list_python_paths(function: Function) -> Iterator[Path]:
    """Yield the folders of layers that Python imports from: the last layer's files replace those of others.

    Source: AWS Lambda Developer Guide, "Layer paths".
    """
    for layer in reversed(function.layers):
        yield layer / "python" / "lib" / function.runtime / "site-packages"
        yield layer / "python"
