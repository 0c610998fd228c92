"""A project with this application's state machine, two kinds of Step Functions to run it, and a table."""

import shutil
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from delay import Delay
from tests.contract.delay.world import World, world_in_a_table, world_in_memory, world_on_an_endpoint
from tests.moto_server import moto_server

PROJECT = Path(__file__).with_name("project")
DEFINITION = Path(__file__).parents[3] / "statemachine" / "delay.asl.json"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delay")
    shutil.copytree(PROJECT, folder / ".aws-sam" / "build")
    shutil.copy(DEFINITION, folder / ".aws-sam" / "build")
    return folder


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    """Serve the AWS services other than Step Functions, such as SQS."""
    with moto_server() as url:
        yield url


IN_MEMORY = {"memory": world_in_memory, "table": world_in_a_table}


@pytest.fixture(params=[*IN_MEMORY, "endpoint"])
def world(request: pytest.FixtureRequest, project: Path) -> Iterator[World]:
    if open_world := IN_MEMORY.get(request.param):
        yield open_world(_load_handler())
        return
    with world_on_an_endpoint(project) as world:
        yield world


@pytest.fixture
def delay(world: World) -> Delay:
    return world.client()


def _load_handler() -> Any:
    spec = spec_from_file_location("handler", PROJECT / "Function" / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handle
