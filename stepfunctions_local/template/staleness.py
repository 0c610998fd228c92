"""Detection of a build that is older than its sources.

`sam build` copies the code with its modification times, but always writes a new template: the modification
time of that file is the time of the build. A state machine's definition cannot be stale, because the built
template refers to its source.
"""

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from stepfunctions_local.template.document import read_document
from stepfunctions_local.template.resources import FUNCTION_TYPES, LAYER_TYPES

_CODE: Final = ("CodeUri", "Code", "ContentUri", "Content")
TEMPLATES = ("template.yaml", "template.yml", "template.json")  # in sam's order


def warn_if_stale(project: Path, built: Path) -> tuple[str, ...]:
    """Return a warning if the project has changed since its build; none if it has no template."""
    changed = find_changed_since(project, built)
    return (explain_staleness(project, changed),) if changed else ()


def find_changed_since(project: Path, built: Path) -> tuple[Path, ...]:
    """Return the sources that have changed since a template was built; none if it is being built."""
    try:
        built_at_ns = built.stat().st_mtime_ns
    except OSError:
        return ()
    return tuple(path for path in list_sources(project) if _modified_at_ns(path) > built_at_ns)


def explain_staleness(project: Path, changed: tuple[Path, ...]) -> str:
    """Return a sentence that names a changed source and the remedy."""
    folder = project.resolve()
    name = os.path.relpath(changed[0], folder)
    return f"{name} has changed since the last build: run `sam build` in {folder}."


def list_sources(project: Path) -> tuple[Path, ...]:
    """Return the files that a build is made of: the template, and the functions' code."""
    templates = (project.resolve() / name for name in TEMPLATES)
    template = next((path for path in templates if path.is_file()), None)
    return tuple(_find_sources(template)) if template else ()


def _find_sources(template: Path) -> Iterator[Path]:
    yield template
    state = template.stat()
    for folder in sorted(_find_code_folders(template, state.st_ino, state.st_size, state.st_mtime_ns)):
        yield from _walk(folder)


@lru_cache(maxsize=4)
def _find_code_folders(template: Path, *_state: int) -> frozenset[Path]:
    """Return the folders of the code of functions and layers, as far as the template has them as plain text.

    A template that is in the same state is not parsed again, since that takes most of the time of a look.
    """
    document = read_document(template)
    common = _code_uri(_get_object(_get_object(document, "Globals"), "Function"))
    resources = _get_object(document, "Resources")
    found = [_get_object(resources, name) for name in resources]
    uris = [
        _code_uri(_get_object(resource, "Properties")) or (common if kind in FUNCTION_TYPES else None)
        for resource in found
        if (kind := resource.get("Type")) in FUNCTION_TYPES + LAYER_TYPES
    ]
    return frozenset((template.parent / uri).resolve() for uri in uris if isinstance(uri, str))


def _get_object(owner: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a member that is an object; else an empty one, since the template may be half written."""
    value = owner.get(name)
    return value if isinstance(value, dict) else {}


def _code_uri(properties: dict[str, Any]) -> object:
    return next((properties[name] for name in _CODE if properties.get(name)), None)


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
    """Return when a file was modified; 0 if it has just been removed."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
