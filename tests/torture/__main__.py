"""The command behind `make torture`: tortures the local endpoints at full size."""

import asyncio
import logging
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from tests.torture import bodies, clients, clock, kills, workers
from tests.torture.outcome import Outcome

SCENARIOS = ("kills", "workers", "clock", "clients", "bodies")


@click.command(context_settings={"show_default": True})
@click.option("--tasks", default=100_000, help="Number of tasks to start while the endpoint is killed.")
@click.option(
    "--kills", "kill_count", default=50, help="Number of kills of the endpoint, and of kills of workers."
)
@click.option("--bodies", "body_count", default=1_000_000, help="Number of generated requests.")
@click.option("--only", type=click.Choice(SCENARIOS), multiple=True, help="Run only this; repeatable.")
@click.option("--seed", type=int, show_default="random", help="Seed of an earlier run, to repeat it.")
def main(tasks: int, kill_count: int, body_count: int, only: tuple[str, ...], seed: int | None) -> None:
    """Kill, cut off and confuse the local endpoints, and check that they kept every promise.

    Prints the seed and the figures, and exits with 1 if there was any fault.
    """
    logging.disable(logging.WARNING)
    seed = random.randrange(2**32) if seed is None else seed
    console = Console()
    console.print(f"Seed {seed}")
    runs: dict[str, Callable[[Path], Outcome]] = {
        "kills": lambda folder: asyncio.run(kills.torture(folder / "r", tasks, kill_count, seed, console)),
        "workers": lambda folder: asyncio.run(workers.torture(folder, kill_count, seed, console)),
        "clock": lambda folder: asyncio.run(clock.torture(folder, tasks // 10, 200, seed, console)),
        "clients": lambda folder: asyncio.run(clients.torture(folder / "r", 20 * kill_count, seed, console)),
        "bodies": lambda _: bodies.torture(body_count, seed, console, os.cpu_count() or 1),
    }
    outcomes = [_run(runs[name]) for name in only or SCENARIOS]
    sys.exit(any(outcome.faults for outcome in outcomes))


def _run(scenario: Callable[[Path], Outcome]) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        outcome = scenario(Path(folder))
    click.echo(f"\n{outcome}\n")
    return outcome


if __name__ == "__main__":
    main()
