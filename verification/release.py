"""Releases a broken function, which makes tasks fail, and mends it again."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_ALIAS: Final = "live"

Break: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Returns what a broken release changes in a function's configuration."""


def lose_handler(_configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """Name a handler that is not there: no call reaches the code."""
    return {"Handler": "app.there_is_no_such_handler"}


def lose_records(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    """Name a table of records that is not there: each call fails in the code, and says so."""
    variables = configuration["Environment"]["Variables"]
    return {"Environment": {"Variables": {**variables, "IDEMPOTENCY_TABLE": "there-is-no-such-table"}}}


class Release:
    """The version behind a function's alias. Tasks must call the alias: `CalledFunction=live`."""

    def __init__(
        self, function_name: str, functions: "LambdaClient", break_configuration: Break = lose_handler
    ) -> None:
        self._name = function_name
        self._functions = functions
        self._break = break_configuration
        self._good = functions.get_alias(FunctionName=function_name, Name=_ALIAS)["FunctionVersion"]

    def break_it(self) -> None:
        """Publish a version that fails, and point the alias to it."""
        changes = self._break(self._functions.get_function_configuration(FunctionName=self._name))
        self._functions.update_function_configuration(FunctionName=self._name, **changes)
        self._functions.get_waiter("function_updated_v2").wait(FunctionName=self._name)
        broken = self._functions.publish_version(FunctionName=self._name)["Version"]
        self._point_alias_to(broken)

    def mend(self) -> None:
        """Point the alias back to the original version."""
        self._point_alias_to(self._good)

    def _point_alias_to(self, version: str) -> None:
        self._functions.update_alias(FunctionName=self._name, Name=_ALIAS, FunctionVersion=version)
