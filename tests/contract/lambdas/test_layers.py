"""Functions in Python with layers."""

from pathlib import Path

from tests.contract.lambdas.harness import Client, Functions

HANDLER = "import one, two\ndef handler(event, context):\n    return [one.NAME, two.NAME]\n"


async def test_layers_are_searched_for_modules(client: Client, functions: Functions, tmp_path: Path) -> None:
    """In both of their folders. The last layer that has a module wins, and the function's code before all."""
    (functions.code / "app.py").write_text(HANDLER, encoding="utf-8")
    layers = tuple(tmp_path / name for name in ("first", "second"))
    for layer in layers:
        packages = layer / "python" / "lib" / "python3.12" / "site-packages"
        packages.mkdir(parents=True)
        (packages / "one.py").write_text(f"NAME = '{layer.name}'", encoding="utf-8")
        (layer / "python" / "app.py").write_text("", encoding="utf-8")
    (layers[0] / "python" / "two.py").write_text("NAME = 'two'", encoding="utf-8")
    functions.add("layered", "app.handler", layers=layers)
    assert (await client.invoke("layered")).json() == ["second", "two"]
