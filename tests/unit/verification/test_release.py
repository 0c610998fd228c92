"""A broken release changes one setting of a function, and a mended one is the version from before."""

from collections.abc import Mapping
from typing import Any

import pytest

from verification.release import Break, Release, lose_handler, lose_records


class FakeLambda:
    """A fake of a function with an alias."""

    def __init__(self) -> None:
        self.changes: dict[str, Any] = {}
        self.version = "7"

    def get_alias(self, **_: str) -> Mapping[str, str]:
        """Return the version behind the alias."""
        return {"FunctionVersion": self.version}

    def get_function_configuration(self, **_: str) -> Mapping[str, Any]:
        """Return the function's settings."""
        return {"Handler": "app.good", "Environment": {"Variables": {"TASK_TABLE": "t"}}}

    def update_function_configuration(self, FunctionName: str, **changes: Any) -> None:  # noqa: N803 - boto3's own
        """Change the settings."""
        assert FunctionName == "f"
        self.changes = changes

    def get_waiter(self, _name: str) -> "FakeLambda":
        """Return a waiter."""
        return self

    def wait(self, **_: str) -> None:
        """Return at once."""

    def publish_version(self, **_: str) -> Mapping[str, str]:
        """Return the number of a new version."""
        return {"Version": "8"}

    def update_alias(self, FunctionVersion: str, **_: str) -> None:  # noqa: N803 - boto3's own
        """Point the alias to a version."""
        self.version = FunctionVersion


@pytest.mark.parametrize(
    ("breaks", "changes"),
    [
        (lose_handler, {"Handler": "app.there_is_no_such_handler"}),
        (
            lose_records,
            {
                "Environment": {
                    "Variables": {"TASK_TABLE": "t", "IDEMPOTENCY_TABLE": "there-is-no-such-table"}
                }
            },
        ),
    ],
)
def test_broken_release_is_mended_by_the_version_before(breaks: Break, changes: Mapping[str, Any]) -> None:
    """All other settings stay."""
    functions: Any = FakeLambda()
    release = Release("f", functions, breaks)
    release.break_it()
    assert (functions.changes, functions.version) == (changes, "8")
    release.mend()
    assert functions.version == "7"
