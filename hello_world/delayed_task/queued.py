"""Lambda's entry point for due tasks of a table: the queue calls it with batches, app.py does the work."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from app import handle
from delayed_task.batch import Caller
from task_table.connection import connect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Made at import, so that Lambda opens the connection while it starts the function.
_caller = Caller(connect(os.environ), os.environ["TASK_TABLE"], handle, time.time)


def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Handle a batch of due tasks."""
    return _caller.run(event, context)
