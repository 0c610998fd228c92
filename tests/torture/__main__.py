"""The command behind `make torture`: tortures the local endpoints at full size."""

import asyncio
import logging
import os
import random
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from tests.torture import (
    bodies,
    clients,
    clocks,
    descriptors,
    fairness,
    folders,
    hosts,
    imports,
    kills,
    pages,
    retention,
    workers,
)
from tests.torture.outcome import Outcome

Scenario = Callable[[Path], Outcome]

KINDS = (
    "kills",
    "workers",
    "clocks",
    "clients",
    "bodies",
    "pages",
    "hosts",
    "folders",
    "descriptors",
    "fairness",
    "imports",
)


@click.command(context_settings={"show_default": True})
@click.option("--tasks", default=100_000, help="Number of tasks to start while the endpoint is killed.")
@click.option(
    "--kills", "kill_count", default=50, help="Number of kills of the endpoint, and of kills of workers."
)
@click.option("--bodies", "body_count", default=1_000_000, help="Number of generated requests.")
@click.option("--requests", default=100_000, help="Number of requests of pages, and of those for hosts.")
@click.option("--rounds", default=50, help="Number of imports. Other kinds have more or fewer of their own.")
@click.option("--only", type=click.Choice(KINDS), multiple=True, help="Run only this; repeatable.")
@click.option("--seed", type=int, show_default="random", help="Seed of an earlier run, to repeat it.")
def main(
    *,
    tasks: int,
    kill_count: int,
    body_count: int,
    requests: int,
    rounds: int,
    only: tuple[str, ...],
    seed: int | None,
) -> None:
    """Kill, cut off, confuse and attack the local endpoints, and check that they kept every promise.

    Prints the seed and the figures, and exits with 1 if there was any fault.
    """
    logging.disable(logging.WARNING)
    seed = random.randrange(2**32) if seed is None else seed
    console = Console()
    console.print(f"Seed {seed}")

    def run(torture: Callable[..., Coroutine[Any, Any, Outcome]], *size: int) -> Scenario:
        return lambda folder: asyncio.run(torture(folder, *size, seed, console))

    runs: dict[str, list[Scenario]] = {
        "kills": [lambda folder: run(kills.torture, tasks, kill_count)(folder / "r")],
        "workers": [run(workers.torture, kill_count)],
        "clocks": [run(clocks.torture, tasks // 10, 200), run(retention.torture, 20 * rounds)],
        "clients": [lambda folder: run(clients.torture, 20 * kill_count)(folder / "r")],
        "bodies": [lambda _: bodies.torture(body_count, seed, console, os.cpu_count() or 1)],
        "pages": [run(pages.torture, requests)],
        "hosts": [run(hosts.torture, requests)],
        "folders": [run(folders.torture, 2 * rounds)],
        "descriptors": [run(descriptors.torture, rounds // 2)],
        "fairness": [run(fairness.torture, rounds // 2)],
        "imports": [run(imports.torture, rounds)],
    }
    outcomes = [_run(scenario) for name in only or KINDS for scenario in runs[name]]
    sys.exit(any(outcome.faults for outcome in outcomes))


def _run(scenario: Scenario) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        outcome = scenario(Path(folder))
    click.echo(f"\n{outcome}\n")
    return outcome


if __name__ == "__main__":
    main()
