"""The Step Functions endpoint: an engine, its API, its clock, and the port it listens on."""

from aiohttp import web

from stepfunctions_local.endpoints.aws_json import AwsJson
from stepfunctions_local.endpoints.clock_endpoint import PATH, ClockEndpoint
from stepfunctions_local.endpoints.execution_operations import ExecutionOperations
from stepfunctions_local.endpoints.listener import Handler, Listener
from stepfunctions_local.endpoints.state_machine_operations import StateMachineOperations
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.skip import Skips


def states_listener(engine: Engine, skips: Skips, host: str, port: int) -> Listener:
    """Return a listener, not yet started, that speaks for the engine and its clock."""
    operations = StateMachineOperations(engine).operations() | ExecutionOperations(engine).operations()
    return Listener(_dispatcher(AwsJson(operations), ClockEndpoint(skips)), host, port, "--port")


def _dispatcher(api: Handler, clock: Handler) -> Handler:
    async def dispatch(request: web.BaseRequest) -> web.StreamResponse:
        return await (clock if request.path == PATH else api)(request)

    return dispatch
