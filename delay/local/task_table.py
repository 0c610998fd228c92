"""The table of tasks at a local endpoint: how it is found, and how changes of its rows are noticed."""

from typing import Any, Final

from delay.errors import NoSuchTable
from delay.local.call import call_local
from delay.local.endpoint import TABLE, LocalEndpoint
from delay.local.request import LocalRequest

TABLE_NAME: Final = "TaskTable"
"""The name of the table of template.yaml, or a part of it."""

_ROWS: Final = LocalRequest("/_stepfunctions-local/rows", "revision", "notice changed rows")


def find_table(dynamodb: Any, endpoint: LocalEndpoint) -> str:  # noqa: ANN401 - boto3 has no types
    """Return the ARN of the template's table, or of the only one.

    Raises:
        NoSuchTable: there is none, or several.
        DelayError: nothing answers, or it refuses.

    """
    return call_local(endpoint, "dynamodb:ListTables", lambda: _find_table(dynamodb, endpoint))


def read_revision(endpoint: LocalEndpoint) -> str:
    """Return a text that changes with the rows, and if time is skipped.

    Raises:
        EndpointUnavailable: nothing answers, or the server is not `delay local`.

    """
    return str(_ROWS.send(endpoint)["revision"])


def _find_table(dynamodb: Any, endpoint: LocalEndpoint) -> str:  # noqa: ANN401 - as above
    pages = dynamodb.get_paginator("list_tables").paginate()
    tables = [name for page in pages for name in page["TableNames"]]
    found = [name for name in tables if TABLE_NAME in name] or tables
    if len(found) == 1:
        return str(dynamodb.describe_table(TableName=found[0])["Table"]["TableArn"])
    if not found:
        raise NoSuchTable(f"{endpoint.url} has no table: start it with `delay local{TABLE.start_options}`.")
    raise NoSuchTable(f"{endpoint.url} has several tables: choose one with --table-arn: {', '.join(found)}")
