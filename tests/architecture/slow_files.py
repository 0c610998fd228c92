"""The files of slow tests, and the rule for the names of their quick siblings."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
_MARK = "pytest.mark.slow"


def slow_files() -> list[Path]:
    """List the files whose `pytestmark` says that they are slow."""
    named = [path for path in sorted(TESTS.rglob("test_*.py")) if _MARK in path.read_text(encoding="utf-8")]
    return [path for path in named if any(map(_marks_slow, _parse(path)))]


def quick_sibling(path: Path) -> Path:
    """Return the file that tests the same in small: `test_x_quick.py` for `test_x.py`."""
    return path.with_name(f"{path.stem}_quick.py")


def list_tests(path: Path) -> list[str]:
    """List the names of the test functions of a file."""
    functions = [each for each in _parse(path) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [function.name for function in functions if function.name.startswith("test_")]


def _parse(path: Path) -> list[ast.stmt]:
    return ast.parse(path.read_text(encoding="utf-8")).body


def _marks_slow(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and ast.unparse(statement.targets[0]) == "pytestmark"
        and _MARK in ast.unparse(statement.value)
    )
