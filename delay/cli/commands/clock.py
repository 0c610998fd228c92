"""`delay clock`: what time it is at a local endpoint, and skipping some."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from delay.cli.clock_client import ClockClient, ClockUnavailable
from delay.cli.parameters import Duration, Url

_endpoint_url_option = click.option(
    "--endpoint-url",
    default="http://127.0.0.1:8083",
    show_default=True,
    type=Url(),
    help="Where stepfunctions-local listens.",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print the endpoint's answer as JSON.")


@click.group()
def clock() -> None:
    """Tell or skip the time of a local endpoint: a wait of a week is over in a moment."""


@clock.command()
@_endpoint_url_option
@_json_option
def show(*, endpoint_url: str, as_json: bool) -> None:
    """Tell what time it is there, and how far that is ahead of the wall clock."""
    _report(lambda client: client.tell(), endpoint_url, as_json=as_json)


@clock.command()
@click.argument("duration", type=Duration(), required=False)
@click.option("--to", "moment", metavar="TIME", help="Skip to a time: 2026-12-01T00:00:00Z (RFC 3339).")
@click.option("--to-next", is_flag=True, help="Skip to the next due time.")
@_endpoint_url_option
@_json_option
def skip(
    *, duration: timedelta | None, moment: str | None, to_next: bool, endpoint_url: str, as_json: bool
) -> None:
    """Move time forward by a DURATION such as 90s, 30m, 2h or 7d; a year at most.

    What falls due on the way goes on in order of due time, and functions are called; the command returns
    when all that has happened. Time is never moved back.

    \b
    Examples:
      delay clock skip 7d
      delay clock skip --to 2026-12-01T00:00:00Z
      delay clock skip --to-next
    """  # noqa: D301 - click wants the character itself
    request = _request(duration, moment, to_next=to_next)
    _report(lambda client: client.skip(request), endpoint_url, as_json=as_json)


def _request(duration: timedelta | None, moment: str | None, *, to_next: bool) -> dict[str, object]:
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


def _report(ask: Callable[[ClockClient], dict[str, Any]], endpoint_url: str, *, as_json: bool) -> None:
    try:
        answer = ask(ClockClient(endpoint_url))
    except ClockUnavailable as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(answer) if as_json else _sentence(answer))


def _sentence(answer: dict[str, Any]) -> str:
    ahead = timedelta(seconds=round(answer["skipped_seconds"]))
    told = f"It is {answer['now']} there, {ahead} ahead of the wall clock."
    return f"{told} {answer['fired']} fired on the way." if "fired" in answer else told
