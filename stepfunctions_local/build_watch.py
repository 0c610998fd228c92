"""Watches a build and its sources while it is served: takes a new build over, and says if the code is old.

The files are looked at once a second. A library would learn of changes from the system, but `sam build`
removes the folders that such a library watches, and network drives and containers report no changes. Looking
costs a stat of each source file, as much as the warning at the start.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from stepfunctions_local.errors import StepFunctionsLocalError, TemplateError
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.template.build import Build, find_built_template, read_build
from stepfunctions_local.template.stack import TargetStack
from stepfunctions_local.template.staleness import explain_staleness, find_changed_since, list_sources

LOOK_SECONDS: Final = 1.0
PATIENCE_SECONDS: Final = 20.0
"""How long a call waits for a build: its function has 30 of the 60 seconds that the template's Task has."""

_PAUSE_SECONDS: Final = 0.1

FileState: TypeAlias = tuple[int, int, int] | None
"""The state of a file: its inode, size and modification time; None if it is missing."""


TakeOver: TypeAlias = Callable[[Build], Awaitable[tuple[str, ...]]]
"""Deploys a build, and returns warnings for a person to read."""

_LOG: Final = logging.getLogger(__name__)


class Builder(Protocol):
    """Builds the project."""

    async def build(self) -> str | None:
        """Build it. Return the reason if that failed."""
        ...


class CurrentFunctions(Mapping[str, Function]):
    """The functions of the build that is served now."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self.functions = functions

    def __getitem__(self, name: str) -> Function:
        """Return a function by its logical id or its name."""
        return self.functions[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the logical ids."""
        return iter(self.functions)

    def __len__(self) -> int:
        """Return their number."""
        return len(self.functions)


@dataclass(frozen=True, slots=True)
class Project:
    """A project's folder and the stack that its template is read for."""

    folder: Path
    stack: TargetStack

    def read(self) -> Build:
        """Return the build.

        Raises:
            TemplateError: it cannot be served.

        """
        return read_build(self.folder, self.stack)


class BuildWatch:
    """The build of a project that is served, and its successors.

    `say` shows a person what has changed. Without it, the first build stays.
    `builder` makes a build of changed sources.

    Raises:
        TemplateError: the first build cannot be served.

    """

    def __init__(
        self,
        project: Project,
        say: Callable[[str], object] | None = None,
        builder: Builder | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._project = project
        self._say = say or (lambda _: None)
        self._builder = builder
        self._sleep = sleep
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._take_over: TakeOver = _warn_of_nothing
        self.build = project.read()
        self.functions = CurrentFunctions(self.build.functions)
        self.is_watching = say is not None
        self._served = self._read_build_state()
        self._said = set(self._find_stale())
        """The changed sources that a warning has named since the last build."""
        self._warnings: set[str] = set()
        self._built_from = None if self._said else self._read_sources()
        self._last_seen = self._built_from

    async def start(self, take_over: TakeOver) -> tuple[str, ...]:
        """Take the first build over, and return the warnings. Later builds are taken over in the same way."""
        async with self._lock:
            self._take_over = take_over
            warnings = await take_over(self.build)
        self._warnings |= {f"Warning: {warning}" for warning in warnings}
        return warnings

    async def settle(self) -> None:
        """Wait for a build under way, and take it over. Call this before each call of a function."""
        if not self.is_watching:
            return
        until = self._monotonic() + PATIENCE_SECONDS
        while self._is_being_built() and self._monotonic() < until:
            await self._sleep(_PAUSE_SECONDS)
        await self._take_over_new()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look at the files once a second until the context ends."""
        looking = asyncio.create_task(self._look_regularly()) if self.is_watching else None
        try:
            yield
        finally:
            if looking:
                looking.cancel()
                await asyncio.wait([looking])

    async def look(self) -> None:
        """Look at the files once."""
        try:
            await self._take_over_new()
            if self._builder is None:
                self._say_what_is_old(await asyncio.to_thread(self._find_stale))
            else:
                await self._build_if_changed(self._builder)
        except (OSError, StepFunctionsLocalError) as error:  # a file that is being written, for example
            self._say_once(f"The build cannot be watched at the moment: {error}")

    async def _look_regularly(self) -> None:
        while True:
            await self._sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - a bug must not end the watch
                _LOG.exception("The build was not looked at because of a bug in this endpoint.")

    async def _take_over_new(self) -> None:
        """Take the present build over, unless it is the one that is served or is not complete."""
        async with self._lock:
            state = self._read_build_state()
            if state == self._served or self._is_being_built():
                return
            self._served = state
            try:
                self.build = await asyncio.to_thread(self._project.read)
                self.functions.functions = self.build.functions
                warnings = await self._take_over(self.build)
            except (TemplateError, OSError) as error:
                self._say(f"The new build cannot be used: {error}")
                return
            # What was seen at first counts: another build may have come while this one was deployed.
            self._served = {path: state.get(path, now) for path, now in self._read_build_state().items()}
            self._said.clear()
            self._say("The new build runs from now on. Waiting tasks keep the definition of their start.")
            for warning in warnings:
                self._say_once(f"Warning: {warning}")

    def _say_what_is_old(self, changed: tuple[Path, ...]) -> None:
        if self._is_being_built() or set(changed) <= self._said:
            return
        self._said |= set(changed)
        reason = explain_staleness(self._project.folder, changed)
        self._say(f"Warning: {reason} Until then the old code runs.")

    async def _build_if_changed(self, builder: Builder) -> None:
        """Build once changed sources have not changed further between two looks."""
        sources = await asyncio.to_thread(self._read_sources)
        is_stable, self._last_seen = sources == self._last_seen, sources
        if not is_stable or sources == self._built_from:
            return
        changed = _name_changed(self._project.folder, self._built_from or {}, sources)
        self._say(f"{changed} has changed: building.")
        self._built_from = sources
        if reason := await builder.build():
            self._say(f"The build failed, and the code before runs on:\n{reason}")
            return
        await self._take_over_new()

    def _say_once(self, text: str) -> None:
        if text not in self._warnings:
            self._warnings.add(text)
            self._say(text)

    def _is_being_built(self) -> bool:
        """Whether there is no build: `sam build` removes it at first, and writes the template at last."""
        return not find_built_template(self._project.folder).is_file()

    def _read_build_state(self) -> dict[Path, FileState]:
        """Return the state of the built template, and of the definitions that it refers to."""
        files = (find_built_template(self._project.folder), *self.build.definition_files)
        return {path: _read_state(path) for path in files}

    def _find_stale(self) -> tuple[Path, ...]:
        folder = self._project.folder
        return find_changed_since(folder, find_built_template(folder))

    def _read_sources(self) -> dict[Path, FileState]:
        return {path: _read_state(path) for path in list_sources(self._project.folder)}


async def _warn_of_nothing(_build: Build) -> tuple[str, ...]:
    return ()


def _read_state(path: Path) -> FileState:
    try:
        stat = path.stat()
    except OSError:  # it is being built or was removed: a state as well, which is looked at
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _name_changed(folder: Path, before: Mapping[Path, FileState], sources: Mapping[Path, FileState]) -> str:
    """Return the path of a source that has changed, is new or was removed; else that of the template."""
    changed = sorted(dict(set(before.items()) ^ set(sources.items())))
    return os.path.relpath(changed[0], folder.resolve()) if before and changed else "The code"
