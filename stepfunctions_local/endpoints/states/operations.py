"""The base of all operations, for any kind of resource."""

from abc import ABC, abstractmethod

from stepfunctions_local.endpoints.states.aws_json import Operation, Poll
from stepfunctions_local.endpoints.states.paging import Paging
from stepfunctions_local.engine.engine import Engine


class Operations(ABC):
    """The operations on one kind of resource, carried out by an engine."""

    def __init__(self, engine: Engine, paging: Paging) -> None:
        self._engine = engine
        self._catalog = engine.catalog
        self._activities = engine.activities
        self._paging = paging

    @abstractmethod
    def operations(self) -> dict[str, Operation]:
        """Return the operations by the names of the API."""

    def polls(self) -> dict[str, Poll]:
        """Return the operations that may wait for long before they answer."""
        return {}
