"""Map states in distributed mode: their fields, and the plans that they make."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local.language import (
    Distribute,
    Failure,
    InvalidDefinition,
    Item,
    parse_definition,
)
from stepfunctions_local.language.map_run import (
    Batching,
    Dataset,
    Format,
    ManifestType,
    MapRunPlan,
    Transformation,
    Writing,
)
from stepfunctions_local.language.states.map import DistributedMap
from tests.unit.language.samples import FindFaults, MakeVisit, define

SCHEMA = "SCHEMA_VALIDATION_FAILED: "
PROCESSOR = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "Y",
    "States": {"Y": {"Type": "Pass", "End": True}},
}
GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
PUT = "arn:aws:states:::s3:putObject"
WHERE = {"Bucket": "b", "Key": "k"}


def fields(**changes: Any) -> dict[str, Any]:
    """Return the fields of a distributed Map state."""
    return {"Type": "Map", "ItemProcessor": PROCESSOR, "End": True, **changes}


def reader(resource: str = GET, where: dict[str, Any] | None = None, **config: Any) -> dict[str, Any]:
    """Return the fields of a state with a reader."""
    return fields(
        ItemReader={"Resource": resource, "Parameters": where or WHERE}
        | ({"ReaderConfig": config} if config else {})
    )


def parse(state: dict[str, Any]) -> DistributedMap:
    """Parse a distributed Map state."""
    parsed = parse_definition(define(state)).states["X"]
    assert isinstance(parsed, DistributedMap)
    return parsed


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        (fields(Label=""), "Label must have 1 to 40 characters at /States/X/Label"),
        (fields(Label="x" * 41), "Label must have 1 to 40 characters at /States/X/Label"),
        (fields(Label="a b"), "Label contains invalid character: ' ' at /States/X/Label"),
        (
            fields(ItemProcessor=PROCESSOR | {"ProcessorConfig": {"Mode": "DISTRIBUTED"}}),
            "These fields are required: [ExecutionType] at /States/X/ItemProcessor/ProcessorConfig",
        ),
        (
            fields(
                ItemProcessor=PROCESSOR | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "X"}}
            ),
            (
                "Value is not valid. Must be one of: STANDARD, EXPRESS at "
                "/States/X/ItemProcessor/ProcessorConfig/ExecutionType"
            ),
        ),
        (
            fields(ItemProcessor=PROCESSOR | {"ProcessorConfig": {"Mode": "INLINE"}}, ItemReader={}),
            "Field 'ItemReader' is only supported in DISTRIBUTED mode at /States/X/ItemReader",
        ),
        (
            reader("arn:aws:states:::s3:putObject", InputType="JSON"),
            f"The resource '{PUT}' is not supported; {GET} and {LIST} are at /States/X/ItemReader/Resource",
        ),
        (reader(), "These fields are required: [ReaderConfig] at /States/X/ItemReader"),
        (
            reader(where={"Bucket": "b"}, InputType="JSON"),
            "These fields are required: [Key] at /States/X/ItemReader/Parameters",
        ),
        (
            reader(InputType="CSV"),
            "These fields are required: [CSVHeaderLocation] at /States/X/ItemReader/ReaderConfig",
        ),
        (
            reader(InputType="CSV", CSVHeaderLocation="GIVEN"),
            "Expected a non-empty array of names at /States/X/ItemReader/ReaderConfig/CSVHeaders",
        ),
        (
            reader(InputType="CSV", CSVHeaderLocation="FIRST_ROW", CSVHeaders=["a"]),
            ("CSVHeaders needs a CSVHeaderLocation of GIVEN at /States/X/ItemReader/ReaderConfig/CSVHeaders"),
        ),
        (
            reader(InputType="CSV", ManifestType="S3_INVENTORY", CSVHeaderLocation="FIRST_ROW"),
            (
                "InputType must be absent if ManifestType is S3_INVENTORY at "
                "/States/X/ItemReader/ReaderConfig/InputType"
            ),
        ),
        (
            reader(InputType="JSON", ItemsPointer="a"),
            (
                "Expected a JSON Pointer, such as /inventory/products at "
                "/States/X/ItemReader/ReaderConfig/ItemsPointer"
            ),
        ),
        (
            reader(InputType="JSON", MaxItems=100_000_001),
            "Maximum value is 100000000 at /States/X/ItemReader/ReaderConfig/MaxItems",
        ),
        (
            reader(InputType="JSON", Transformation="LOAD_AND_FLATTEN"),
            "LOAD_AND_FLATTEN is for s3:listObjectsV2 at /States/X/ItemReader/ReaderConfig/Transformation",
        ),
        (
            fields(ItemBatcher={"BatchInput": {}}),
            (
                "One of the following fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch] at "
                "/States/X/ItemBatcher"
            ),
        ),
        (
            fields(ItemBatcher={"MaxItemsPerBatch": 0}),
            "Minimum value is 1 at /States/X/ItemBatcher/MaxItemsPerBatch",
        ),
        (fields(ResultWriter={}), "Resource, WriterConfig, or both are required at /States/X/ResultWriter"),
        (
            fields(ResultWriter={"Resource": PUT, "Parameters": {}}),
            "These fields are required: [Bucket] at /States/X/ResultWriter/Parameters",
        ),
        (
            fields(ResultWriter={"WriterConfig": {"Transformation": "ODD"}}),
            (
                "Value is not valid. Must be one of: NONE, COMPACT, FLATTEN at "
                "/States/X/ResultWriter/WriterConfig/Transformation"
            ),
        ),
    ],
)
def test_faulty_field_is_refused(state: dict[str, Any], fault: str, find_faults: FindFaults) -> None:
    """The diagnostic names the state and the field."""
    assert find_faults(state) == [SCHEMA + fault]


def test_labels_are_unique_in_a_definition(find_faults: FindFaults) -> None:
    """They tell Map Runs apart, in whatever state they stand."""
    inner = fields(Label="l") | {"ItemProcessor": PROCESSOR}
    outer = PROCESSOR | {"StartAt": "In", "States": {"In": inner}}
    assert find_faults(fields(Label="l", ItemProcessor=outer)) == [
        f"{SCHEMA}Label 'l' appears more than once at /States/X/Label"
    ]


def test_express_children_end_after_five_minutes() -> None:
    """A warning says what differs from AWS: they are on disk. Another one names what AWS would not run."""
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    waiting = {"Type": "Task", "Resource": resource, "Parameters": {"FunctionName": "f"}, "End": True}
    inner = {"ProcessorConfig": config, "StartAt": "W", "States": {"W": waiting}}
    definition = parse_definition(define(fields(ItemProcessor=PROCESSOR | inner)))
    assert definition.of_child("X").timeout_seconds == 300
    assert [(warning.code, warning.location) for warning in definition.warnings] == [
        ("EXPRESS_CHILDREN", "/States/X/ItemProcessor/ProcessorConfig"),
        ("NOT_EXPRESS", "/States/X/ItemProcessor/States/W/Resource"),
    ]


def test_parquet_is_accepted_with_a_warning() -> None:
    """The definition is of use with a mocked state, and fails by name otherwise."""
    warnings = parse_definition(define(reader(InputType="PARQUET"))).warnings
    assert [(warning.code, warning.location) for warning in warnings] == [
        ("NOT_READ", "/States/X/ItemReader/ReaderConfig")
    ]


def test_plan_has_what_the_fields_say(make_visit: MakeVisit) -> None:
    """Paths are looked up in the state's data."""
    state = fields(
        MaxConcurrencyPath="$.c",
        ToleratedFailureCountPath="$.n",
        ToleratedFailurePercentage=12.5,
        ItemReader={
            "Resource": GET,
            "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/a~1b/0", "MaxItemsPath": "$.n"},
            "Parameters": {"Bucket.$": "$.bucket", "Key": "k"},
        },
        ItemBatcher={"MaxItemsPerBatchPath": "$.n", "BatchInput": {"of.$": "$.bucket"}},
        ResultWriter={"Resource": PUT, "Parameters": {"Bucket": "out", "Prefix": "p/"}},
    )
    visit = make_visit({"c": 7, "n": 3, "bucket": "b"})
    parsed = parse(state)
    assert parsed.enter(visit) == Distribute(None)
    plan = parsed.plan(visit)
    assert plan == MapRunPlan(
        7,
        3,
        12.5,
        Dataset({"Bucket": "b", "Key": "k"}, format=Format.JSON, pointer=("a/b", "0"), most_items=3),
        Batching(3, batch_input={"of": "b"}, has_input=True),
        Writing({"Bucket": "out", "Prefix": "p/"}, Transformation.NONE),
    )


def test_plan_in_jsonata_is_computed(make_visit: MakeVisit) -> None:
    """Items may be an object."""
    state = fields(
        QueryLanguage="JSONata",
        Items="{% $states.input.o %}",
        MaxConcurrency="{% 2 + 3 %}",
        ItemSelector={"k": "{% $states.context.Map.Item.Value %}"},
        ItemBatcher={"MaxInputBytesPerBatch": "{% 100 %}"},
        ResultWriter={"Resource": PUT, "Arguments": {"Bucket": "{% 'o' & 'ut' %}"}},
    )
    parsed, visit = parse(state), make_visit({"o": {"a": 1}})
    assert parsed.enter(visit) == Distribute([Item(1, "a")])
    plan = parsed.plan(visit)
    assert isinstance(plan, MapRunPlan)
    assert (plan.at_once, plan.batching, plan.writing.bucket) == (5, Batching(None, 100), "out")


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ({"Bucket.$": "$.absent", "Key": "k"}, "could not be found"),
        ({"Bucket.$": "$.number", "Key": "k"}, "ItemReader needs a Bucket, a string, but has: 1"),
        (
            {"Bucket": "b", "Key": "k", "VersionId.$": "$.number"},
            "The VersionId of ItemReader must be a string.",
        ),
    ],
)
def test_arguments_that_cannot_be_used_fail_the_state(
    where: dict[str, Any], reason: str, make_visit: MakeVisit
) -> None:
    """The failure names the state."""
    decision = parse(reader(where=where, InputType="JSON")).plan(make_visit({"number": 1}))
    assert isinstance(decision, Failure)
    assert reason in str(decision.cause)


@pytest.mark.parametrize("config", [{"InputType": "MANIFEST"}, {"ManifestType": "S3_INVENTORY"}])
def test_inventory_is_a_manifest(config: dict[str, Any], make_visit: MakeVisit) -> None:
    """Both ways to say so mean the same."""
    plan = parse(reader(**config)).plan(make_visit({}))
    assert isinstance(plan, MapRunPlan)
    assert plan.dataset == Dataset({**WHERE}, manifest=ManifestType.S3_INVENTORY)


PLANS = st.builds(
    MapRunPlan,
    st.integers(0, 50),
    st.none() | st.integers(0, 9),
    st.none() | st.floats(0, 100),
    st.none()
    | st.builds(
        Dataset,
        st.just({"Bucket": "b"}),
        st.booleans(),
        st.none() | st.sampled_from(Format),
        st.none() | st.sampled_from(ManifestType),
        st.none() | st.lists(st.text()).map(tuple),
        pointer=st.lists(st.text()).map(tuple),
    ),
    st.none() | st.builds(Batching, st.none() | st.integers(1, 9)),
    st.builds(Writing, st.none() | st.just({"Bucket": "b"}), st.sampled_from(Transformation), st.booleans()),
)


@given(PLANS)
def test_plan_survives_as_json(plan: MapRunPlan) -> None:
    """It is kept as text with its run."""
    assert MapRunPlan.load(json.loads(json.dumps(plan.dump()))) == plan


@given(PLANS, st.integers(0, 50), st.integers(1, 50))
def test_more_failures_are_never_tolerated_better(plan: MapRunPlan, failed: int, items: int) -> None:
    """No failure is always tolerated; without a tolerance, none is."""
    assert plan.tolerates(0, items)
    assert plan.tolerates(failed, items) or not plan.tolerates(failed + 1, items)
    assert not replace(plan, tolerated_count=None, tolerated_percentage=None).tolerates(failed + 1, items)


VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, 1, -1, 2.5, "", "x", "$.a", "CSV", "JSON", "GIVEN", GET, LIST, [], ["a"], {}]
)
NAMES = st.sampled_from(
    [
        *("Resource", "Parameters", "Arguments", "ReaderConfig", "WriterConfig", "InputType", "MaxItems"),
        *("MaxItemsPath", "CSVHeaderLocation", "CSVHeaders", "CSVDelimiter", "ItemsPointer", "ManifestType"),
        *("Transformation", "OutputType", "MaxItemsPerBatch", "MaxInputBytesPerBatchPath", "BatchInput"),
    ]
)
OBJECTS = st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES, max_size=4), max_size=5)


@given(
    st.dictionaries(
        st.sampled_from(["ItemReader", "ItemBatcher", "ResultWriter", "Label", "Items", "ItemsPath"]),
        OBJECTS | VALUES,
    ),
    st.sampled_from(["JSONPath", "JSONata"]),
)
def test_any_fields_are_parsed_or_refused(given_fields: dict[str, Any], language: str) -> None:
    """Each refusal has a diagnostic."""
    try:
        parse(fields(QueryLanguage=language, **given_fields))
    except InvalidDefinition as error:
        assert error.diagnostics  # noqa: PT017 - either is fine
