"""AWS's models are loaded once, beside an event loop if that can be."""

import json
from typing import Any

from botocore.loaders import Loader

from stepfunctions_local.account import Account
from stepfunctions_local.engine.arn import Arns
from stepfunctions_local.engine.catalog import Catalog
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.service_model import are_loaded, load_service_models, service_model


def test_a_model_is_the_same_as_botocore_reads() -> None:
    """It only takes half the time."""
    theirs = Loader().load_service_model("sts", "service-2")
    ours: Any = service_model("sts")
    assert json.dumps(ours._service_description) == json.dumps(theirs)  # noqa: SLF001 - the file


def test_a_model_is_loaded_once() -> None:
    """Later it is there."""
    load_service_models(["sts"])
    model = service_model("sts")
    load_service_models(["sts"])
    assert service_model("sts") is model
    assert are_loaded(["sts"])
    assert not are_loaded(["sts", "absent"])


async def test_models_of_a_definition_are_loaded_before_it_is_parsed() -> None:
    """Parsing happens on the event loop."""
    async with open_records(None) as records:
        catalog = Catalog(records, Arns(Account()))
        await catalog.load_models('{"Resource": "arn:aws:states:::aws-sdk:braket:cancelJob"}')
    assert are_loaded(["braket"])
