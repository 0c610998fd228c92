"""Runs the real sam, to build the application, deploy it as a stack and delete the stack."""

import sys
from dataclasses import dataclass
from pathlib import Path

from verification.commands import Commands

_RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"
"""A build without containers installs packages for the Python that runs it."""


@dataclass(frozen=True, slots=True)
class Sam:
    """Builds into a folder, and deploys from it to a Region."""

    commands: Commands
    build_folder: Path
    region: str

    def build(self) -> Path:
        """Build the application, and return the path of the built template."""
        # Not cached: `make build` shares the cache, and this build would drop entries it does not need.
        folder = ("--build-dir", str(self.build_folder), "--no-cached")
        commands = self.commands.with_variables(PIP_REQUIRE_HASHES="1")
        commands.run("sam", "build", *folder, *_override_options({"PythonRuntime": _RUNTIME}))
        return self.build_folder / "template.yaml"

    def deploy(self, template: Path, stack_name: str, **parameters: str) -> None:
        """Create a stack from a template and its parameters, or update it."""
        self.commands.run(
            "sam",
            "deploy",
            "--template-file",
            str(template),
            *self._stack_options(stack_name),
            "--resolve-s3",
            # Deleting the stack deletes its uploads, so they must not be shared with other stacks.
            "--s3-prefix",
            stack_name,
            "--capabilities",
            "CAPABILITY_IAM",
            "--no-confirm-changeset",
            "--no-progressbar",
            *_override_options({"PythonRuntime": _RUNTIME, **parameters}),
        )

    def delete(self, stack_name: str) -> None:
        """Delete a stack and its uploads."""
        self.commands.run("sam", "delete", *self._stack_options(stack_name), "--no-prompts")

    def _stack_options(self, stack_name: str) -> tuple[str, ...]:
        return ("--stack-name", stack_name, "--region", self.region)


def _override_options(parameters: dict[str, str]) -> tuple[str, ...]:
    return ("--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items()))
