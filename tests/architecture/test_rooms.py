"""The tree is as ARCHITECTURE.md draws it: every folder is named, every module says what it is for."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bench", "delay", "hello_world", "reconciliation", "stepfunctions_local", "verification")
TOOLS = {".ci", ".github"}

BOX = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)
ENTRY = re.compile(r"^(?P<indent> *)(?P<folder>[\w./-]+)/ ")


def tracked_files() -> list[Path]:
    """List the files of the repository, relative to its root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git is there
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [Path(line) for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def drawn_folders() -> set[str]:
    """Read the folders of the tree in ARCHITECTURE.md: an indent of two blanks is one level."""
    drawing = BOX.findall((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))[0]
    above: list[str] = []
    found = set()
    for line in drawing.splitlines():
        if entry := ENTRY.match(line):
            above[len(entry["indent"]) // 2 :] = [entry["folder"]]
            found.add("/".join(above))
    return found


def folders() -> set[str]:
    """List the folders that hold files, without those that another page describes."""
    found = {parent for file in tracked_files() for parent in file.parents} - {Path()}
    return {str(folder) for folder in found if folder.parts[0] not in TOOLS and not is_described(folder)}


def is_described(folder: Path) -> bool:
    """Whether another page than ARCHITECTURE.md speaks of a folder."""
    return len(folder.parts) > 1 and folder.parts[0] in {"examples", "tests"}


def purpose(module: Path) -> str:
    """Return the first line of a module's docstring."""
    return (ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8"))) or "").partition("\n")[
        0
    ]


def test_architecture_names_every_folder() -> None:
    """A stranger finds each room in the drawing, and no room that is gone."""
    assert drawn_folders() == folders()


def test_every_module_begins_with_its_purpose() -> None:
    """The first line of a docstring is a sentence, and more than the file's name."""
    modules = [file for file in tracked_files() if file.suffix == ".py" and file.parts[0] in PACKAGES]
    lines = {module: purpose(module) for module in modules}
    assert {
        module for module, line in lines.items() if not line.endswith((".", ":")) or " " not in line
    } == set()


def test_imports_follow_the_arrows() -> None:
    """The contracts of pyproject.toml hold: a room imports from those below it, and no circle is left."""
    # In a process of its own, since import-linter disables the loggers of others.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    checked = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_each_layered_package_has_a_place_for_every_room() -> None:
    """A new room cannot be forgotten: the layers are exhaustive."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = [each for each in settings["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]
    assert {container for each in layers for container in each["containers"]} >= {
        "delay",
        "stepfunctions_local",
    }
    assert all(each["exhaustive"] for each in layers)
