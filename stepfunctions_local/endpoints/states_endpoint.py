"""The Step Functions endpoint: an engine, its API, its clock, and the port it listens on."""

from aiohttp import web

from stepfunctions_local.endpoints.alias_operations import AliasOperations
from stepfunctions_local.endpoints.aws_json import AwsJson, Operation
from stepfunctions_local.endpoints.clock_endpoint import PATH, ClockEndpoint
from stepfunctions_local.endpoints.definition_operations import DefinitionOperations
from stepfunctions_local.endpoints.execution_operations import ExecutionOperations
from stepfunctions_local.endpoints.listener import Handler, Listener
from stepfunctions_local.endpoints.operations import Operations
from stepfunctions_local.endpoints.paging import Paging
from stepfunctions_local.endpoints.state_machine_operations import StateMachineOperations
from stepfunctions_local.endpoints.tag_operations import TagOperations
from stepfunctions_local.endpoints.task_operations import TaskOperations
from stepfunctions_local.endpoints.version_operations import VersionOperations
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.skip import Skips

_KINDS: tuple[type[Operations], ...] = (
    StateMachineOperations,
    VersionOperations,
    AliasOperations,
    TagOperations,
    DefinitionOperations,
    ExecutionOperations,
    TaskOperations,
)


def states_listener(engine: Engine, skips: Skips, host: str, port: int) -> Listener:
    """Return a listener, not yet started, that speaks for the engine and its clock."""
    return Listener(_dispatcher(states_api(engine), ClockEndpoint(skips)), host, port, "--port")


def states_api(engine: Engine) -> AwsJson:
    """Return the HTTP handler that speaks for the engine."""
    paging = Paging(engine.clock)
    operations: dict[str, Operation] = {}
    for kind in _KINDS:
        operations |= kind(engine, paging).operations()
    return AwsJson(operations)


def _dispatcher(api: Handler, clock: Handler) -> Handler:
    async def dispatch(request: web.BaseRequest) -> web.StreamResponse:
        return await (clock if request.path == PATH else api)(request)

    return dispatch
