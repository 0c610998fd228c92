"""Whether a build is older than what it was built from.

`sam build` copies modification times along with the code, but writes the built template anew each time: that
file's time is the build's. A state machine's definition cannot be stale: the built template refers to its
source.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stepfunctions_local.template.document import read_document
from stepfunctions_local.template.resources import FUNCTION_TYPES

TEMPLATES = ("template.yaml", "template.yml", "template.json")  # as sam looks for them


def stale_build(project: Path, built: Path) -> tuple[str, ...]:
    """Warn if the project has changed since it was built; nothing is said of a project without a template."""
    sources = (project / name for name in TEMPLATES)
    source = next((path for path in sources if path.is_file()), None)
    if source is None:
        return ()
    built_at_ns = built.stat().st_mtime_ns
    changed = next((path for path in _sources(source) if _modified_ns(path) > built_at_ns), None)
    if changed is None:
        return ()
    return (
        f"{changed.relative_to(project)} has changed since the last build: run `sam build` in {project}.",
    )


def _sources(template: Path) -> Iterator[Path]:
    yield template
    for folder in sorted(_code_folders(template)):
        yield from _files(folder)


def _code_folders(template: Path) -> set[Path]:
    """Find the folders of the functions' code, where the template says them in plain words."""
    document = read_document(template)
    common = ((document.get("Globals") or {}).get("Function") or {}).get("CodeUri")
    functions = (
        item for item in document.get("Resources", {}).values() if item.get("Type") in FUNCTION_TYPES
    )
    uris = (_code_uri(item.get("Properties") or {}) or common for item in functions)
    return {(template.parent / uri).resolve() for uri in uris if isinstance(uri, str)}


def _code_uri(properties: dict[str, Any]) -> object:
    return properties.get("CodeUri") or properties.get("Code")


def _files(folder: Path) -> Iterator[Path]:
    """Walk a folder, but for what is hidden or compiled."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        elif path.is_file():
            yield path


def _modified_ns(path: Path) -> int:
    return path.stat().st_mtime_ns
