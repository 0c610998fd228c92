"""The command behind `make bench`."""

import json
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import click

from bench.accepting import accepting
from bench.bench import FULL, QUICK, Bench
from bench.endpoint import ours
from bench.errors import BenchError, NoAnswer
from bench.figure import Figure, Row
from bench.lateness import same_second, spread
from bench.machine import description, is_real_disk
from bench.memory import memory
from bench.million import million
from bench.peers import drawing_python, peers
from bench.table import table
from bench.warm_call import warm_call
from bench.wrk import require_wrk

MEASUREMENTS: dict[str, Callable[[Bench], list[Row]]] = {
    "start": accepting,
    "memory": memory,
    "spread": spread,
    "same-second": same_second,
    "million": million,
    "warm-call": warm_call,
}

_DRAWING_SECONDS = 120


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", type=click.Choice(list(MEASUREMENTS)), multiple=True, help="Measure this alone.")
@click.option("--quick", is_flag=True, help="At small size, without peers: shows only that the bench works.")
@click.option("--no-peers", is_flag=True, help="Measure our endpoints alone.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".bench"),
    show_default=True,
    help="Folder, on a disk, for journals while they are measured, and for the peers.",
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to draw, as SVG, how cost grows with the number waiting, when `million` is measured.",
)
def main(
    *, only: tuple[str, ...], quick: bool, no_peers: bool, as_json: bool, work: Path, picture: Path | None
) -> None:
    """Measure the local endpoints, beside their peers in the same run, and print one table."""
    signal.signal(signal.SIGTERM, _end)
    try:
        work.mkdir(parents=True, exist_ok=True)
        with _bench(work.resolve(), quick=quick, with_peers=not (quick or no_peers)) as bench:
            about, rows = description(bench.work), _measured(bench, only or tuple(MEASUREMENTS))
            if picture and bench.sizes.full and "million" in (only or MEASUREMENTS):
                _draw(bench, work.resolve(), picture)
    except BenchError as error:
        raise click.ClickException(str(error)) from error
    click.echo(_as_json(about, rows) if as_json else f"{about}\n\n{table(rows, bench.ours, bench.peers)}")


def _end(number: int, _frame: object) -> NoReturn:
    """Leave by an exception, so that no endpoint is left behind."""
    raise SystemExit(128 + number)


@contextmanager
def _bench(work: Path, *, quick: bool, with_peers: bool) -> Iterator[Bench]:
    require_wrk()
    if not is_real_disk(work):
        raise BenchError(
            f"{work} is in memory, where a commit costs nothing: name a folder on a disk with --work."
        )
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=work))
    try:
        yield Bench(
            ours(version("delay")), peers(work) if with_peers else [], QUICK if quick else FULL, folder
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(bench: Bench, keys: tuple[str, ...]) -> list[Row]:
    rows = []
    for row in (row for key in keys for row in _rows(bench, key)):
        bench.say(f"{row.work}: {row.ours.text}")
        rows.append(row)
    return rows


def _rows(bench: Bench, key: str) -> list[Row]:
    try:
        return MEASUREMENTS[key](bench)
    except NoAnswer as error:
        nothing = Figure(f"no result: {error}")
        return [
            Row(key=key, work=key, reach="a result", reached=False, ours=nothing, how="as far as it went")
        ]


def _draw(bench: Bench, work: Path, picture: Path) -> None:
    growth = bench.work / "growth.json"
    if not growth.exists():
        raise BenchError("There is no picture to draw: `million` had no result.")
    shutil.copyfile(growth, work / "growth.json")
    script = Path(__file__).with_name("growth.py")
    subprocess.run(  # noqa: S603 - a script of this package
        [drawing_python(work), script, growth, picture], check=True, timeout=_DRAWING_SECONDS
    )


def _as_json(about: str, rows: list[Row]) -> str:
    return json.dumps({"about": about, "rows": [row.as_json() for row in rows]}, indent=2)


if __name__ == "__main__":
    main()
