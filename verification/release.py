"""A release of the function that is broken, and the way back: what makes tasks fail, and mends it."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_ALIAS: Final = "live"
_NO_HANDLER: Final = "app.there_is_no_such_handler"


class Release:
    """What the alias of a function leads to. Tasks must call the alias: `CalledFunction=live`."""

    def __init__(self, function_name: str, functions: "LambdaClient") -> None:
        self._name = function_name
        self._functions = functions
        self._good = functions.get_alias(FunctionName=function_name, Name=_ALIAS)["FunctionVersion"]

    def break_it(self) -> None:
        """Publish a version whose handler is missing, and let the alias lead there."""
        self._functions.update_function_configuration(FunctionName=self._name, Handler=_NO_HANDLER)
        self._functions.get_waiter("function_updated_v2").wait(FunctionName=self._name)
        broken = self._functions.publish_version(FunctionName=self._name)["Version"]
        self._lead_to(broken)

    def mend(self) -> None:
        """Let the alias lead to where it led before."""
        self._lead_to(self._good)

    def _lead_to(self, version: str) -> None:
        self._functions.update_alias(FunctionName=self._name, Name=_ALIAS, FunctionVersion=version)
