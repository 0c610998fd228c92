"""Releases a broken function, which makes tasks fail, and mends it again."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_ALIAS: Final = "live"
_NO_HANDLER: Final = "app.there_is_no_such_handler"


class Release:
    """The version behind a function's alias. Tasks must call the alias: `CalledFunction=live`."""

    def __init__(self, function_name: str, functions: "LambdaClient") -> None:
        self._name = function_name
        self._functions = functions
        self._good = functions.get_alias(FunctionName=function_name, Name=_ALIAS)["FunctionVersion"]

    def break_it(self) -> None:
        """Publish a version without a handler, and point the alias to it."""
        self._functions.update_function_configuration(FunctionName=self._name, Handler=_NO_HANDLER)
        self._functions.get_waiter("function_updated_v2").wait(FunctionName=self._name)
        broken = self._functions.publish_version(FunctionName=self._name)["Version"]
        self._point_alias_to(broken)

    def mend(self) -> None:
        """Point the alias back to the original version."""
        self._point_alias_to(self._good)

    def _point_alias_to(self, version: str) -> None:
        self._functions.update_alias(FunctionName=self._name, Name=_ALIAS, FunctionVersion=version)
