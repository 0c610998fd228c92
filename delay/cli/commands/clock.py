"""`delay clock`: shows and skips the time of a local endpoint."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from delay.cli.errors import report_errors
from delay.cli.output.printing import echo, echo_json
from delay.cli.parameters import Duration, endpoint_url_option, local_option
from delay.local.clock import ClockClient
from delay.local.endpoint import LocalEndpoint
from delay.local.request import EndpointUnavailable
from delay.text.duration import format_nearest
from delay.text.plain import plain

_json_option = click.option("--json", "as_json", is_flag=True, help="Print the endpoint's answer as JSON.")


@click.group()
def clock() -> None:
    """Show or skip the time of a local endpoint: a week of waiting is over in a moment."""


@clock.command()
@local_option
@endpoint_url_option
@_json_option
def show(*, endpoint_url: str | None, as_json: bool) -> None:
    """Show the endpoint's time, and how far it is ahead of the wall clock."""
    _ask_and_print(lambda client: client.read(), endpoint_url, as_json=as_json)


@clock.command()
@click.argument("duration", type=Duration(), required=False)
@click.option("--to", "moment", metavar="TIME", help="Skip to a time: 2027-06-01T00:00:00Z (RFC 3339).")
@click.option("--to-next", is_flag=True, help="Skip to the next due time.")
@local_option
@endpoint_url_option
@_json_option
def skip(
    *, duration: timedelta | None, moment: str | None, to_next: bool, endpoint_url: str | None, as_json: bool
) -> None:
    """Move time forward by a DURATION such as 90s, 30m, 2h or 7d; a year at most.

    Whatever falls due on the way happens in order of due time, and functions are called. The command returns
    when all of that is done. Time is never moved back.

    \b
    Examples:
      delay clock skip 7d
      delay clock skip --to 2027-06-01T00:00:00Z
      delay clock skip --to-next
    """
    request = _build_request(duration, moment, to_next=to_next)
    _ask_and_print(lambda client: client.skip(request), endpoint_url, as_json=as_json)


def _build_request(duration: timedelta | None, moment: str | None, *, to_next: bool) -> dict[str, object]:
    requests: list[dict[str, object]] = []
    if duration is not None:
        requests.append({"skip_seconds": int(duration.total_seconds())})
    if moment is not None:
        requests.append({"skip_to": moment})
    if to_next:
        requests.append({"skip_to_next": True})
    if len(requests) != 1:
        raise click.UsageError("Say how far to skip, in one way: a duration such as 7d, --to or --to-next.")
    return requests[0]


def _ask_and_print(
    ask: Callable[[ClockClient], dict[str, Any]], endpoint_url: str | None, *, as_json: bool
) -> None:
    with report_errors(debug=False):
        client = ClockClient(LocalEndpoint.find(endpoint_url))
        try:
            answer = ask(client)
        except EndpointUnavailable as error:
            raise click.ClickException(plain(str(error))) from error
    if as_json:
        echo_json(answer)
    else:
        echo(_format_answer(answer))


def _format_answer(answer: dict[str, Any]) -> str:
    ahead = format_nearest(timedelta(seconds=answer["skipped_seconds"]))
    sentence = f"It is {answer['now']} there, {ahead} ahead of the wall clock."
    return f"{sentence} {answer['fired']:,} fired on the way." if "fired" in answer else sentence
