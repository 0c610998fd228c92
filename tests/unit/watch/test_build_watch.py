"""The watch of a build and its sources: old code is named, and new builds are taken over."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stepfunctions_local.build_watch import PATIENCE_SECONDS, Builder, BuildWatch
from stepfunctions_local.build_watch import Project as WatchedProject
from stepfunctions_local.errors import TemplateError
from stepfunctions_local.template.build import Build
from tests.unit.template.project import STACK, Project

FUNCTION = """
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: {code}
      Handler: app.handler
      Runtime: python3.11
      Environment: {{Variables: {{LEVEL: {level}}}}}
"""
MACHINE = """
  Reminders:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: ../../reminders.json}
"""
SOURCE = "Resources:" + FUNCTION.format(code="src", level="INFO")


async def never_sleep(_seconds: float) -> None:
    await asyncio.sleep(0)


@dataclass
class Served:
    """A project that is watched while it is served, and everything that was said and deployed."""

    project: Project
    said: list[str] = field(default_factory=list)
    deployed: list[Build] = field(default_factory=list)
    warnings: tuple[str, ...] = ()
    seconds: int = 1_800_000_000
    """The time of the latest build or edit."""

    def build(self, level: str = "INFO", *, rest: str = MACHINE) -> None:
        """Do as `sam build`: remove the build, and write the template last."""
        shutil.rmtree(self.project.built, ignore_errors=True)
        self.write("Resources:" + FUNCTION.format(code="F", level=level) + rest)

    def write(self, template: str) -> None:
        """Write a built template."""
        self.project.write(template)
        self._date(self.project.built / "template.yaml")

    def edit(self, path: str, text: str = "changed") -> None:
        """Write a source after the build."""
        self.project.write_source(path, text, seconds_after_build=0)
        self._date(self.project.folder / path)

    def _date(self, path: Path) -> None:
        self.seconds += 1
        os.utime(path, (self.seconds, self.seconds))

    async def deploy(self, build: Build) -> tuple[str, ...]:
        """Deploy a build."""
        self.deployed.append(build)
        return (*build.warnings, *self.warnings)

    async def watch(
        self,
        builder: Builder | None = None,
        sleep: Callable[[float], Awaitable[None]] = never_sleep,
        monotonic: Callable[[], float] = lambda: 0.0,
    ) -> BuildWatch:
        """Begin to serve."""
        project = WatchedProject(self.project.folder, STACK)
        watch = BuildWatch(project, self.said.append, builder, sleep=sleep, monotonic=monotonic)
        await watch.start(self.deploy)
        return watch


@dataclass
class FakeBuilder:
    """Builds at once, or fails."""

    served: Served
    builds: int = 0
    failure: str | None = None
    on_build: Callable[[], None] = lambda: None

    async def build(self) -> str | None:
        """Build the project."""
        self.builds += 1
        self.on_build()
        if self.failure is None:
            self.served.build(f"BUILD{self.builds}")
        return self.failure


@pytest.fixture
def served(tmp_path: Path) -> Served:
    served = Served(Project(tmp_path))
    served.build()
    (tmp_path / "reminders.json").write_text("{}")
    for path, text in (("template.yaml", SOURCE), ("src/app.py", "")):
        served.project.write_source(path, text, seconds_after_build=-10)
    return served


async def test_unchanged_project_says_nothing(served: Served) -> None:
    """However often it is looked at."""
    watch = await served.watch()
    for _ in range(3):
        await watch.look()
        await watch.settle()
    assert (served.said, len(served.deployed)) == ([], 1)


@pytest.mark.parametrize("path", ["src/app.py", "src/new.py", "template.yaml"])
async def test_changed_source_is_named_once(served: Served, path: str) -> None:
    """The code that runs is old, and the message says so and what to do."""
    watch = await served.watch()
    for _ in range(3):
        served.edit(path, SOURCE)
        await watch.look()
    (said,) = served.said
    assert said == (
        f"Warning: {path} has changed since the last build: run `sam build` in {served.project.folder}. "
        "Until then the old code runs."
    )


async def test_source_that_was_old_at_the_start_is_not_named_again(served: Served) -> None:
    """The start has warned of it. Another one is named."""
    served.edit("src/app.py")
    watch = await served.watch()
    await watch.look()
    assert served.said == []
    served.edit("src/b.py")
    await watch.look()
    assert len(served.said) == 1


async def test_new_build_is_taken_over(served: Served) -> None:
    """The functions, their variables and the state machines are those of the new build at once."""
    watch = await served.watch()
    served.build("DEBUG")
    await watch.look()
    assert watch.functions["F"].variables == {"LEVEL": "DEBUG"}
    assert len(served.deployed) == 2
    assert served.said == [
        "The new build runs from now on. Waiting tasks keep the definition of their start."
    ]
    served.edit("src/app.py")
    await watch.look()
    assert "src/app.py has changed" in served.said[-1]


async def test_build_that_comes_while_another_is_deployed_is_taken_over_next(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The functions have its settings after the next look."""
    watch, deploy = await served.watch(), served.deploy

    async def build_and_deploy(build: Build) -> tuple[str, ...]:
        if len(served.deployed) == 1:
            served.build("LATER")
        return await deploy(build)

    monkeypatch.setattr(watch, "_take_over", build_and_deploy)
    served.build("DEBUG")
    await watch.look()
    await watch.look()
    assert watch.functions["F"].variables == {"LEVEL": "LATER"}


async def test_call_takes_a_new_build_over_before_it_is_seen(served: Served) -> None:
    """A function never runs new code with old settings."""
    watch = await served.watch()
    served.build("DEBUG")
    await asyncio.gather(*(watch.settle() for _ in range(5)))
    assert watch.functions["F"].variables == {"LEVEL": "DEBUG"}
    assert len(served.deployed) == 2


async def test_changed_definition_is_taken_over_without_a_build(served: Served) -> None:
    """The build refers to its source."""
    watch = await served.watch()
    (served.project.folder / "reminders.json").write_text('{"Comment": "new"}')
    await watch.look()
    assert served.deployed[1].state_machines["Reminders"].definition == '{"Comment": "new"}'


async def test_call_waits_while_a_build_is_being_made(served: Served) -> None:
    """The folder of its code is incomplete until the template is written."""
    shutil.rmtree(served.project.built)

    async def build_after_a_while(_seconds: float) -> None:
        if len(slept) == 3:
            served.build("DEBUG")
        slept.append(_seconds)

    slept: list[float] = []
    served.build()
    watch = await served.watch(sleep=build_after_a_while)
    shutil.rmtree(served.project.built)
    await watch.look()
    assert served.said == []
    await watch.settle()
    assert (len(slept), watch.functions["F"].variables) == (4, {"LEVEL": "DEBUG"})


async def test_call_does_not_wait_for_ever(served: Served) -> None:
    """A build may have failed. The call then fails, and the state machine retries it."""
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    watch = await served.watch(sleep=sleep, monotonic=lambda: now[0])
    shutil.rmtree(served.project.built)
    await watch.settle()
    assert PATIENCE_SECONDS <= now[0] < PATIENCE_SECONDS + 1
    assert watch.functions["F"].variables == {"LEVEL": "INFO"}


async def test_unusable_build_leaves_all_as_it_is(served: Served) -> None:
    """The reason is said once, and the next build is taken over."""
    watch = await served.watch()
    served.write("Resources: [")
    for _ in range(2):
        await watch.look()
    (reason,) = served.said
    assert reason.startswith("The new build cannot be used: ")
    assert watch.functions["F"].variables == {"LEVEL": "INFO"}
    served.build("DEBUG")
    await watch.look()
    assert watch.functions["F"].variables == {"LEVEL": "DEBUG"}


async def test_warning_of_a_new_build_is_said_once(served: Served) -> None:
    """Those of the start have been said there."""
    served.warnings = ("old",)
    watch = await served.watch()
    served.warnings = ("old", "new")
    for level in ("A", "B"):
        served.build(level)
        await watch.look()
    assert [text for text in served.said if text.startswith("Warning")] == ["Warning: new"]


async def test_source_that_cannot_be_read_is_no_reason_to_stop(served: Served) -> None:
    """An editor may be writing it."""
    watch = await served.watch()
    served.edit("template.yaml", "Resources: [")
    for _ in range(2):
        await watch.look()
    (reason,) = served.said
    assert reason.startswith("The build cannot be watched at the moment: ")
    served.edit("template.yaml", SOURCE)
    await watch.look()
    assert "template.yaml has changed" in served.said[-1]


@pytest.mark.parametrize(
    "text",
    [
        "Resources:",
        "Resources:\n  F:",
        "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: [1]}",
        "Globals: {Function: }\nResources: {F: 1}",
        "{}",
    ],
)
async def test_half_written_template_is_a_change_like_others(served: Served, text: str) -> None:
    """A person is typing it."""
    watch = await served.watch()
    served.edit("template.yaml", text)
    await watch.look()
    assert ["template.yaml has changed" in said for said in served.said] == [True]


async def test_first_build_must_be_usable(served: Served) -> None:
    """There is nothing to go on with."""
    shutil.rmtree(served.project.built)
    with pytest.raises(TemplateError, match="run `sam build`"):
        await served.watch()


async def test_builder_builds_sources_that_have_settled(served: Served) -> None:
    """Not in the middle of a save of several files, and once."""
    builder = FakeBuilder(served)
    watch = await served.watch(builder)
    for path in ("src/a.py", "src/b.py"):
        served.edit(path)
        await watch.look()
    assert builder.builds == 0
    for _ in range(3):
        await watch.look()
    assert builder.builds == 1
    assert served.said[0] == "src/a.py has changed: building."
    assert watch.functions["F"].variables == {"LEVEL": "BUILD1"}
    assert len(served.said) == 2


async def test_builder_builds_what_was_old_at_the_start(served: Served) -> None:
    """Without a further change."""
    served.edit("src/app.py")
    builder = FakeBuilder(served)
    watch = await served.watch(builder)
    for _ in range(3):
        await watch.look()
    assert builder.builds == 1


async def test_failed_build_keeps_the_code_before(served: Served) -> None:
    """The reason is shown, and the next change is built."""
    builder = FakeBuilder(served, failure="SyntaxError: line 3")
    watch = await served.watch(builder)
    served.edit("src/app.py")
    for _ in range(4):
        await watch.look()
    assert (builder.builds, len(served.deployed)) == (1, 1)
    assert served.said[1:] == ["The build failed, and the code before runs on:\nSyntaxError: line 3"]
    builder.failure = None
    served.edit("src/app.py")
    for _ in range(2):
        await watch.look()
    assert watch.functions["F"].variables == {"LEVEL": "BUILD2"}


async def test_change_during_a_build_is_built_next(served: Served) -> None:
    """The first build may not have it."""
    builder = FakeBuilder(served)
    builder.on_build = lambda: served.edit("src/app.py") if builder.builds == 1 else None
    watch = await served.watch(builder)
    served.edit("src/app.py")
    for _ in range(6):
        await watch.look()
    assert builder.builds == 2


async def test_removed_source_is_built(served: Served) -> None:
    """No file is newer than the build then."""
    builder = FakeBuilder(served)
    watch = await served.watch(builder)
    os.remove(served.project.folder / "src" / "app.py")  # noqa: PTH107 - short
    for _ in range(2):
        await watch.look()
    assert served.said[0] == "src/app.py has changed: building."


async def test_project_without_a_person_is_not_watched(served: Served) -> None:
    """A test or the demo keeps the build that it has begun with."""
    watch = BuildWatch(WatchedProject(served.project.folder, STACK))
    await watch.start(served.deploy)
    served.build("DEBUG")
    async with watch.running():
        await watch.settle()
    assert watch.functions["F"].variables == {"LEVEL": "INFO"}


async def test_files_are_looked_at_again_and_again(
    served: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in one look does not end the watch, and the end of the context does."""
    looks, enough = [], asyncio.Event()
    watch = await served.watch()

    async def look() -> None:
        looks.append(1)
        if len(looks) == 3:
            enough.set()
        raise RuntimeError("bug")

    monkeypatch.setattr(watch, "look", look)
    async with watch.running():
        await enough.wait()
    assert "because of a bug" in caplog.text
    count = len(looks)
    await asyncio.sleep(0)
    assert len(looks) == count
