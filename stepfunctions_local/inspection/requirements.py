"""A request must fit more than the API's model: the type of the state, and the shape of its mock.

The messages are as recorded on AWS, or worded after those.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from stepfunctions_local.engine.errors import InvalidDefinition, ValidationException
from stepfunctions_local.inspection.api_result import find_result_fault
from stepfunctions_local.inspection.mock import ABSENT, Validation
from stepfunctions_local.inspection.request import StateTest
from stepfunctions_local.inspection.tested_state import TestedState
from stepfunctions_local.language import Json

TOO_MANY_FAILURES: Final = (
    "Map iteration failure count must be less than or equal to the number of Map iterations"
)

_MOCKED_TYPES: Final = frozenset({"Map", "Parallel", "Task"})
_FORKS: Final = frozenset({"Map", "Parallel"})


def require_testable(test: StateTest, tested: TestedState) -> None:
    """Raise AWS's error for a test that does not fit its state.

    Raises:
        InvalidDefinition: the state cannot be tested without a mock.
        ValidationException: the mock, or the configuration, does not fit the state.

    """
    if test.mock is None:
        _require_callable(tested)
        return
    _require_type(tested, "a mock is specified", _MOCKED_TYPES)
    _require_fitting_configuration(test, tested)
    _require_fitting_result(test, tested)


def _require_callable(tested: TestedState) -> None:
    if tested.forks:
        raise InvalidDefinition(
            "TestState API does not support Map or Parallel states. Supported state types include: "
            "[Task, Wait, Pass, Succeed, Fail, Choice]"
        )
    if tested.waits:
        raise InvalidDefinition(
            "TestState API does not support Activity tasks, .sync or .waitForTaskToken service integration "
            "patterns when a mock is not specified."
        )


def _require_type(tested: TestedState, condition: str, types: frozenset[str]) -> None:
    if tested.type_name not in types:
        raise ValidationException(f"State type '{tested.type_name}' is not supported when {condition}")


def _require_fitting_configuration(test: StateTest, tested: TestedState) -> None:
    given = test.configuration
    if given.error_caused_by is not None:
        _require_type(tested, "ErrorCausedByState is specified", _FORKS)
        if given.error_caused_by not in tested.inner_names:
            raise ValidationException("State not found in definition")
    if given.failed_iterations is not None:
        _require_type(tested, "MapIterationFailureCount is specified", frozenset({"Map"}))
    if given.item_reader_data is not None:
        _require_type(tested, "MapItemReaderData is specified", frozenset({"Map"}))


def _require_fitting_result(test: StateTest, tested: TestedState) -> None:
    if test.mock is None or test.mock.result is ABSENT:
        return
    if tested.type_name == "Task":
        _require_api_result(test.mock.result, Validation(test.mock.validation), tested.resource)
    else:
        _FORK_RESULTS[tested.type_name](test.mock.result, test, tested)


def _require_api_result(result: Json, validation: Validation, resource: str) -> None:
    if validation is Validation.NONE:
        return
    if fault := find_result_fault(resource, result, strict=validation is Validation.STRICT):
        raise ValidationException(fault)


def _require_map_result(result: Json, test: StateTest, tested: TestedState) -> None:
    if _writes_results(tested):
        if not isinstance(result, dict):
            raise ValidationException("Mocked result must be a JSON object.")
        return
    if not isinstance(result, list):
        raise ValidationException("Mocked result must be an array.")
    if (test.configuration.failed_iterations or 0) > len(result):
        raise ValidationException(TOO_MANY_FAILURES)


def _writes_results(tested: TestedState) -> bool:
    """Whether the result of a Map is the place of its results, not an array of them."""
    writer = tested.fields.get("ResultWriter")
    return isinstance(writer, dict) and "Resource" in writer


def _require_parallel_result(result: Json, _: StateTest, tested: TestedState) -> None:
    branches = tested.fields.get("Branches")
    if not isinstance(result, list):
        raise ValidationException("Mocked result must be an array.")
    if isinstance(branches, list) and len(result) != len(branches):
        raise ValidationException(
            "Mocked result must contain the same number of items as number of Parallel branches."
        )


_FORK_RESULTS: Final[Mapping[str, Callable[[Json, StateTest, TestedState], None]]] = MappingProxyType(
    {"Map": _require_map_result, "Parallel": _require_parallel_result}
)
