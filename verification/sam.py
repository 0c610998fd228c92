"""The real sam: builds the application, deploys it as a stack, and deletes that again."""

import sys
from dataclasses import dataclass
from pathlib import Path

from verification.commands import Commands

_RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
"""A build without containers takes the packages of the Python that runs it."""


@dataclass(frozen=True, slots=True)
class Sam:
    """Builds into a folder, and deploys from there to a Region."""

    commands: Commands
    build_folder: Path
    region: str

    def build(self) -> Path:
        """Build the application, and return the built template."""
        # Not cached: the cache is that of `make build`, which would lose what this does not need.
        folder = ("--build-dir", str(self.build_folder), "--no-cached")
        self.commands.run("sam", "build", *folder, *_overrides({"PythonRuntime": _RUNTIME}))
        return self.build_folder / "template.yaml"

    def deploy(self, template: Path, stack_name: str, **parameters: str) -> None:
        """Create a stack of a template, or change it to what the template and the parameters say."""
        self.commands.run(
            "sam",
            "deploy",
            "--template-file",
            str(template),
            *self._named(stack_name),
            "--resolve-s3",
            # What is uploaded goes with the stack, so it must not be what others have deployed as well.
            "--s3-prefix",
            stack_name,
            "--capabilities",
            "CAPABILITY_IAM",
            "--no-confirm-changeset",
            "--no-progressbar",
            *_overrides({"PythonRuntime": _RUNTIME, **parameters}),
        )

    def delete(self, stack_name: str) -> None:
        """Delete a stack, and what was uploaded for it."""
        self.commands.run("sam", "delete", *self._named(stack_name), "--no-prompts")

    def _named(self, stack_name: str) -> tuple[str, ...]:
        return ("--stack-name", stack_name, "--region", self.region)


def _overrides(parameters: dict[str, str]) -> tuple[str, ...]:
    return ("--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items()))
