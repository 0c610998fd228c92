"""`delay logs`: shows the log of a state machine at a local endpoint."""

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import click

from delay.cli.errors import report_errors
from delay.cli.output.log_text import format_log_line
from delay.cli.output.printing import echo, format_json
from delay.cli.parameters import Text, endpoint_url_option, local_option
from delay.executions.state_machine import StateMachineArn
from delay.local.endpoint import LocalEndpoint
from delay.local.request import EndpointUnavailable, LocalRequest
from delay.text.plain import plain

PATH = "/_stepfunctions-local/logs"

_POLL_SECONDS = 0.5
"""How often --follow looks for further lines."""


@click.command()
@click.argument("name", type=Text())
@click.option("--follow", "-f", is_flag=True, help="Go on with the lines to come, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print each line as AWS writes it to CloudWatch Logs.")
@local_option
@endpoint_url_option
def logs(*, name: str, follow: bool, as_json: bool, endpoint_url: str | None) -> None:
    """Show what the executions of the state machine with NAME have logged at a local endpoint.

    NAME can be its ARN. A line has the time (UTC), the execution, the event and its details. The log level
    of the state machine says which events are logged. On AWS the log is in CloudWatch Logs:
    aws logs tail GROUP --follow.

    \b
    Examples:
      delay logs Orders
      delay logs Orders --follow
      delay logs Orders --json | jq -r 'select(.type == "ExecutionFailed") | .details.cause'
    """
    with report_errors(debug=False):
        endpoint = LocalEndpoint.find(endpoint_url)
        name = StateMachineArn.of_arn(name).name if name.startswith("arn:") else name
    write = format_json if as_json else format_log_line
    try:
        for line in _read(endpoint, name, follow=follow):
            echo(write(line))
    except KeyboardInterrupt:
        if not follow:
            raise
    except EndpointUnavailable as error:
        raise click.ClickException(plain(str(error))) from error


def _read(endpoint: LocalEndpoint, name: str, *, follow: bool) -> Iterator[dict[str, Any]]:
    page = _read_page(endpoint, name, 0)
    _warn_of_level(name, page)
    while page["lines"] or follow:
        yield from page["lines"]
        if not page["lines"]:
            time.sleep(_POLL_SECONDS)
        page = _read_page(endpoint, name, page["after"])


def _read_page(endpoint: LocalEndpoint, name: str, after: int) -> dict[str, Any]:
    query = urlencode({"name": name, "after": after})
    return LocalRequest(f"{PATH}?{query}", "lines", "show logs").send(endpoint)


def _warn_of_level(name: str, page: dict[str, Any]) -> None:
    """Say why there is nothing to show, if the log level is the reason."""
    if page["level"] == "OFF":
        echo(f"{name} logs nothing: the level of its logging configuration is OFF.", err=True)
