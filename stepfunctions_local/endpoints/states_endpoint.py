"""The Step Functions endpoint: an engine, its API, and the port it listens on."""

from stepfunctions_local.endpoints.aws_json import AwsJson
from stepfunctions_local.endpoints.execution_operations import ExecutionOperations
from stepfunctions_local.endpoints.listener import Listener
from stepfunctions_local.endpoints.state_machine_operations import StateMachineOperations
from stepfunctions_local.engine.engine import Engine


def states_listener(engine: Engine, host: str, port: int) -> Listener:
    """Return a listener, not yet started, that speaks for the engine."""
    operations = StateMachineOperations(engine).operations() | ExecutionOperations(engine).operations()
    return Listener(AwsJson(operations), host, port, "--port")
