"""The command behind `make bench`."""

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import click

from bench.bench import FULL, QUICK, Bench, Sizes
from bench.computer import describe_computer, is_real_disk
from bench.endpoint import our_endpoint
from bench.errors import BenchError, NoAnswer
from bench.fairness import measure_fairness
from bench.figure import Figure, Row
from bench.lateness import measure_same_second, measure_spread
from bench.memory import measure_memory
from bench.million import measure_million
from bench.peers import install_drawing_python, install_peers
from bench.start_rate import measure_start_rate
from bench.table import format_table
from bench.task_table.dollars import measure_dollars
from bench.task_table.rates import measure_rates
from bench.warm_call import measure_warm_call
from bench.wrk import require_wrk

MEASUREMENTS: dict[str, Callable[[Bench], list[Row]]] = {
    "start": measure_start_rate,
    "memory": measure_memory,
    "spread": measure_spread,
    "same-second": measure_same_second,
    "million": measure_million,
    "warm-call": measure_warm_call,
    "fairness": measure_fairness,
    "table": lambda bench: [*measure_dollars(bench), *measure_rates(bench)],
}

_OURS_ALONE = {"table"}
"""Measurements that neither load endpoints with wrk nor have installed peers."""

_ALL_TASKS = 1_000_000

_DRAWING_SECONDS = 120


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--only", type=click.Choice(list(MEASUREMENTS)), multiple=True, help="Measure only this; repeatable."
)
@click.option(
    "--quick", is_flag=True, help="Run at small size, without peers: shows only that the bench works."
)
@click.option(
    "--full", is_flag=True, help="Simulate 1,000,000 tasks of a table, not a sample: an hour and more."
)
@click.option("--no-peers", is_flag=True, help="Measure only our endpoints.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".bench"),
    show_default=True,
    help="Folder for the peers and for the measured journals; it must be on a disk.",
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="SVG file for the chart of cost against waiting tasks; drawn when `million` runs at full size.",
)
def main(
    *,
    only: tuple[str, ...],
    quick: bool,
    full: bool,
    no_peers: bool,
    as_json: bool,
    work: Path,
    picture: Path | None,
) -> None:
    """Measure the local endpoints and their peers in the same run, and print one table."""
    signal.signal(signal.SIGTERM, _exit)
    try:
        work.mkdir(parents=True, exist_ok=True)
        keys = only or tuple(MEASUREMENTS)
        sizes = replace(FULL, table_tasks=_ALL_TASKS) if full else QUICK if quick else FULL
        with _open_bench(work.resolve(), keys, sizes, with_peers=not (quick or no_peers)) as bench:
            about, rows = describe_computer(bench.work), _measure_all(bench, keys)
            if picture and bench.sizes.full and "million" in keys:
                _draw(bench, work.resolve(), picture)
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        _as_json(about, rows) if as_json else f"{about}\n\n{format_table(rows, bench.ours, bench.peers)}"
    )


def _exit(number: int, _frame: object) -> NoReturn:
    """Exit by an exception, so that no endpoint is left running."""
    raise SystemExit(128 + number)


@contextmanager
def _open_bench(work: Path, keys: tuple[str, ...], sizes: Sizes, *, with_peers: bool) -> Iterator[Bench]:
    is_load = not _OURS_ALONE.issuperset(keys)
    if is_load:
        require_wrk()
    if not is_real_disk(work):
        raise BenchError(
            f"{work} is in memory, where a commit costs nothing: name a folder on a disk with --work."
        )
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=work))
    try:
        peers = install_peers(work) if with_peers and is_load else []
        yield Bench(our_endpoint(version("delayed-tasks")), peers, sizes, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # the figures matter more than what stays


def _measure_all(bench: Bench, keys: tuple[str, ...]) -> list[Row]:
    rows = []
    for row in (row for key in keys for row in _measure(bench, key)):
        bench.say(f"{row.work}: {row.ours.text}")
        rows.append(row)
    return rows


def _measure(bench: Bench, key: str) -> list[Row]:
    try:
        return MEASUREMENTS[key](bench)
    except NoAnswer as error:
        nothing = Figure(f"no result: {error}")
        return [
            Row(
                key=key, work=key, target="a result", reached=False, ours=nothing, how="stopped by this error"
            )
        ]


def _draw(bench: Bench, work: Path, picture: Path) -> None:
    growth = bench.work / "growth.json"
    if not growth.exists():
        raise BenchError("No picture is drawn: `million` had no result.")
    shutil.copyfile(growth, work / "growth.json")
    script = Path(__file__).with_name("growth.py")
    subprocess.run(
        [install_drawing_python(work), script, growth, picture], check=True, timeout=_DRAWING_SECONDS
    )


def _as_json(about: str, rows: list[Row]) -> str:
    return json.dumps({"about": about, "rows": [row.as_json() for row in rows]}, indent=2)


if __name__ == "__main__":
    main()
