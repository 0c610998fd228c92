"""The commands of workers, and where their functions' modules are looked for."""

import sys
from pathlib import Path

import pytest

from stepfunctions_local.lambdas import command
from stepfunctions_local.lambdas.command import build_command, build_module_path
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.lambdas.nodejs import NodeRuntime

LAYERS = (Path("/layers/a"), Path("/layers/b"))


def test_python_imports_from_layers() -> None:
    """The last one first: its files would replace those of others."""
    function = Function("F", "app.handler", "python3.12", Path("/code"), layers=LAYERS)
    assert build_command(function)[3:] == [
        "app.handler",
        "/layers/b/python/lib/python3.12/site-packages",
        "/layers/b/python",
        "/layers/a/python/lib/python3.12/site-packages",
        "/layers/a/python",
    ]
    assert build_command(function)[0] == sys.executable
    assert build_module_path(function) == {}


def test_node_requires_from_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """By NODE_PATH, as on Lambda."""
    runtime = NodeRuntime("/bin/node", Path("/cache/index.mjs"))
    monkeypatch.setattr(command, "find_node_runtime", lambda: runtime)
    function = Function("F", "app.handler", "nodejs22.x", Path("/code"), layers=LAYERS[:1])
    node, script, *rest = build_command(function)
    assert (node, Path(script).name, rest) == (
        "/bin/node",
        "runtime.mjs",
        ["/cache/index.mjs", "app.handler"],
    )
    paths = "/layers/a/nodejs/node22/node_modules:/layers/a/nodejs/node_modules:/code"
    assert build_module_path(function) == {"NODE_PATH": paths}
