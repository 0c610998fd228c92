"""`states:startExecution`: an execution of another state machine, started once however often it is tried."""

from typing import Self
from uuid import NAMESPACE_URL, uuid5

from stepfunctions_local.engine.tasks import Caller
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.language import Integration, Json


class StartExecution(ServiceCall):
    """A call of StartExecution. Source: "Start a new AWS Step Functions state machine from a running one"."""

    __slots__ = ()

    @classmethod
    def of(cls, integration: Integration, parameters: dict[str, Json], caller: Caller) -> Self:
        """Prepare a call. A call that is made again after a restart names the same execution."""
        name = str(uuid5(NAMESPACE_URL, f"{caller.execution_arn}/{caller.attempt}"))
        return super().of(integration, {**parameters, "Name": parameters.get("Name") or name}, caller)
