"""The Step Functions endpoint: an engine, its API, its clock and log, and the port it listens on."""

from collections.abc import Mapping

from aiohttp import web

from stepfunctions_local.endpoints import clock, listed, logs, waiting
from stepfunctions_local.endpoints.date import add_date
from stepfunctions_local.endpoints.listener import Listener
from stepfunctions_local.endpoints.states.activity import ActivityOperations
from stepfunctions_local.endpoints.states.alias import AliasOperations
from stepfunctions_local.endpoints.states.aws_json import AwsJson, Operation, Poll
from stepfunctions_local.endpoints.states.definition import DefinitionOperations
from stepfunctions_local.endpoints.states.execution import ExecutionOperations
from stepfunctions_local.endpoints.states.inspection import InspectionOperations
from stepfunctions_local.endpoints.states.map_run import MapRunOperations
from stepfunctions_local.endpoints.states.operations import Operations
from stepfunctions_local.endpoints.states.paging import Paging
from stepfunctions_local.endpoints.states.state_machine import StateMachineOperations
from stepfunctions_local.endpoints.states.tag import TagOperations
from stepfunctions_local.endpoints.states.task import TaskOperations
from stepfunctions_local.endpoints.states.version import VersionOperations
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.skip import Skips
from stepfunctions_local.gate import Gate
from stepfunctions_local.http.handler import Handler

_OPERATION_GROUPS: tuple[type[Operations], ...] = (
    StateMachineOperations,
    VersionOperations,
    AliasOperations,
    TagOperations,
    DefinitionOperations,
    ExecutionOperations,
    MapRunOperations,
    TaskOperations,
    InspectionOperations,
    ActivityOperations,
)


def create_states_listener(engine: Engine, skips: Skips, host: str, port: int, gate: Gate) -> Listener:
    """Return a listener, not yet started, for the API of an engine, its clock and its log."""
    api = add_date(create_states_api(engine), skips.clock)
    beside: dict[str, Handler] = {
        clock.PATH: clock.ClockEndpoint(skips),
        logs.PATH: logs.LogsEndpoint(engine),
        waiting.PATH: waiting.WaitingEndpoint(engine),
        listed.PATH: listed.ListedEndpoint(engine),
    }
    handler = _dispatch_by_path(api, beside)
    return Listener(handler, host, port, "--port", gate)


def create_states_api(engine: Engine) -> AwsJson:
    """Return the HTTP handler for the API of an engine."""
    paging = Paging(engine.clock)
    operations: dict[str, Operation] = {}
    polls: dict[str, Poll] = {}
    for group in _OPERATION_GROUPS:
        instance = group(engine, paging)
        operations |= instance.operations()
        polls |= instance.polls()
    return AwsJson(operations, polls)


def _dispatch_by_path(api: Handler, beside: Mapping[str, Handler]) -> Handler:
    async def dispatch(request: web.BaseRequest) -> web.StreamResponse:
        return await beside.get(request.path, api)(request)

    return dispatch
