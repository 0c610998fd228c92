"""Detection of a build that is older than its sources.

`sam build` copies the code with its modification times, but always writes a new template: the modification
time of that file is the time of the build. A state machine's definition cannot be stale, because the built
template refers to its source.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stepfunctions_local.template.document import read_document
from stepfunctions_local.template.resources import FUNCTION_TYPES

TEMPLATES = ("template.yaml", "template.yml", "template.json")  # in sam's order


def warn_if_stale(project: Path, built: Path) -> tuple[str, ...]:
    """Return a warning if the project has changed since its build; none if it has no template."""
    sources = (project / name for name in TEMPLATES)
    source = next((path for path in sources if path.is_file()), None)
    if source is None:
        return ()
    built_at_ns = built.stat().st_mtime_ns
    changed = next((path for path in _find_sources(source) if _modified_at_ns(path) > built_at_ns), None)
    if changed is None:
        return ()
    return (
        f"{changed.relative_to(project)} has changed since the last build: run `sam build` in {project}.",
    )


def _find_sources(template: Path) -> Iterator[Path]:
    yield template
    for folder in sorted(_find_code_folders(template)):
        yield from _walk(folder)


def _find_code_folders(template: Path) -> set[Path]:
    """Return the folders of the functions' code, as far as the template has them as plain text."""
    document = read_document(template)
    common = ((document.get("Globals") or {}).get("Function") or {}).get("CodeUri")
    functions = (
        item for item in document.get("Resources", {}).values() if item.get("Type") in FUNCTION_TYPES
    )
    uris = (_code_uri(item.get("Properties") or {}) or common for item in functions)
    return {(template.parent / uri).resolve() for uri in uris if isinstance(uri, str)}


def _code_uri(properties: dict[str, Any]) -> object:
    return properties.get("CodeUri") or properties.get("Code")


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, except hidden and compiled ones."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.is_file():
            yield path


def _modified_at_ns(path: Path) -> int:
    return path.stat().st_mtime_ns
