"""The functions that the state machines of a build call, and those of them that the build lacks."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.function import Function
from stepfunctions_local.template.state_machines import DeclaredStateMachine

_FUNCTION_ARN: Final = re.compile(r'"arn:aws[\w-]*:lambda:[\w-]*:\d*:function:(?P<name>[\w-]+)(?::[^"]*)?"')


def warn_of_missing_functions(
    state_machines: Mapping[str, DeclaredStateMachine], functions: Mapping[str, Function]
) -> Iterator[str]:
    """Yield a warning for each state machine and function that it names by an ARN and the build lacks."""
    for logical_id in state_machines:
        for name in _find_called(state_machines, logical_id):
            if not _has(functions, name):
                yield _describe(logical_id, name)


def _describe(state_machine: str, function: str) -> str:
    return (
        f"{state_machine} calls the function {function}, which is not in this build: these calls fail here, "
        f"with Lambda.ResourceNotFoundException. Serve {function} where it is built, by lambda-local or "
        "sam local start-lambda, and run stepfunctions-local --lambda-endpoint URL instead."
    )


def _find_called(state_machines: Mapping[str, DeclaredStateMachine], logical_id: str) -> list[str]:
    try:
        definition = state_machines[logical_id].definition
    except TemplateError:
        return []  # it cannot be deployed, and a warning then says why
    return sorted({found["name"] for found in _FUNCTION_ARN.finditer(definition)})


def _has(functions: Mapping[str, Function], name: str) -> bool:
    try:
        return name in functions
    except TemplateError:
        return True  # it is there, and a call says why it does not run
