"""The layers of functions: those of the template have folders in the build, and others are on AWS."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.intrinsics import Value
from stepfunctions_local.template.local_values import LocalValues
from stepfunctions_local.template.resources import LAYER_TYPES

_CONTENT: Final = ("ContentUri", "Content")
_WHAT_TO_DO: Final = "put what the function needs of it into the function's build"


@dataclass(frozen=True, slots=True)
class Layers:
    """The folders of a function's layers, in the template's order, and why others are not loaded."""

    folders: tuple[Path, ...] = ()
    unloaded: tuple[str, ...] = ()


def read_layers(given: Value, place: str, local: LocalValues, folder: Path) -> Layers:
    """Return a function's layers, given its property as the template has it. `folder` is the template's."""
    try:
        arns = local.resolve(given, place) or []
    except TemplateError as error:
        return Layers(unloaded=tuple(f"{line.strip()}" for line in str(error).splitlines()))
    if not isinstance(arns, list):
        return Layers(unloaded=(f"{place} is {arns!r}: a list is expected.",))
    folders, unloaded = [], []
    known = dict(_find_folders(local, folder))
    for arn in arns:
        found = known.get(str(arn), f"the layer {arn} is on AWS: {_WHAT_TO_DO}.")
        if isinstance(found, Path):
            folders.append(found)
        else:
            unloaded.append(found)
    return Layers(tuple(folders), tuple(unloaded))


def _find_folders(local: LocalValues, folder: Path) -> Iterator[tuple[str, Path | str]]:
    """Yield the ARN of each layer of the template, and its folder or the reason why it has none."""
    for logical_id, resource in local.resources.items():
        if resource.get("Type") in LAYER_TYPES:
            place = f"Resources/{logical_id}"
            yield str(local.ref(logical_id, place)), _find_folder(resource, place, local, folder)


def _find_folder(resource: Mapping[str, Any], place: str, local: LocalValues, folder: Path) -> Path | str:
    properties = resource.get("Properties") or {}
    name = _CONTENT[0] if _CONTENT[0] in properties else _CONTENT[1]
    try:
        content = local.resolve(properties.get(name), f"{place}/Properties/{name}")
    except TemplateError as error:
        return str(error)
    path = folder / content if isinstance(content, str) and "://" not in content else None
    if path is None or not path.is_dir():
        return f"{place}/Properties/{name} is {content!r}, and not a folder on this computer: {_WHAT_TO_DO}."
    return path.resolve()
