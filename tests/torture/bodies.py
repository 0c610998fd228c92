"""Generated bodies for every operation. The answer must be one of AWS's: never a 5xx, never silence.

Bodies follow botocore's model of the API, with existing and missing names. Others break the model in every
way that JSON allows, and some are not JSON at all. They go to the HTTP handler without a socket.
"""

import asyncio
import itertools
import json
import logging
import multiprocessing
import time
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import web
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from rich.console import Console

from stepfunctions_local.endpoints.states.aws_json import AwsJson
from stepfunctions_local.endpoints.states.endpoint import create_states_api
from stepfunctions_local.engine.clock import ManualClock, SystemClock
from stepfunctions_local.engine.engine import Engine
from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult, TaskRunner
from stepfunctions_local.engine.execution.execution import EXPRESS_LIFE
from stepfunctions_local.engine.records.records import open_records
from stepfunctions_local.language import Call
from stepfunctions_local.service_model import service_model
from tests.torture.outcome import Outcome
from tests.torture.progress import progress

REQUESTS_IN_EXAMPLE = 25
EXAMPLES_IN_ENGINE = 200
"""The sequences of requests for one engine. The next ones get a new engine, so that memory stays bounded."""
PATIENCE_SECONDS = 10.0
_MOMENT_SECONDS = 0.01
"""The time in which the longest life of an Express execution passes."""

DEEPEST = 3

COMMON = {"MethodNotAllowed", "SerializationException", "UnknownOperationException", "ValidationException"}
"""Source: "Common Errors" of the API Reference, and the protocol."""

DEFINITIONS = [
    '{"StartAt":"A","States":{"A":{"Type":"Wait","SecondsPath":"$.s","End":true}}}',
    '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}',
    '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","End":true}}}',
    '{"StartAt":"A","States":{"A":{"Type":"Fail","ErrorPath":"$.s","Cause":"c"}}}',
    '{"StartAt":"A","States":{"A":{"Type":"Succeed","OutputPath":"$.s"}}}',
    (
        '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync",'
        '"Parameters":{"StateMachineArn":"x"},"End":true}}}'
    ),
    (
        '{"StartAt":"A","States":{"A":{"Type":"Map","ItemsPath":"$.s","MaxConcurrency":2,"End":true,'
        '"Iterator":{"StartAt":"B","States":{"B":{"Type":"Wait","SecondsPath":"$","End":true}}}}}}'
    ),
    (
        '{"StartAt":"A","States":{"A":{"Type":"Parallel","End":true,"Branches":['
        '{"StartAt":"B","States":{"B":{"Type":"Wait","SecondsPath":"$.s","End":true}}},'
        '{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","End":true}}}'
        "]}}}"
    ),
]
INPUTS = [
    "{}",
    '{"s":0}',
    '{"s":[0,1e9,"x",null]}',
    '{"s":1e400}',
    '{"s":-1,"f":"x"}',
    '{"s":"\\ud800","f":"\\u0000"}',
    "[",
    "null",
    "",
]
ARN = "arn:aws:states:us-east-1:123456789012"
MACHINES = [f"{ARN}:stateMachine:{name}" for name in (*"abc", "a/map")]
VERSIONS = [f"{ARN}:stateMachine:{name}" for name in ("a:1", "a:2", "b:1", f"a:{'9' * 200}")]
ALIASES = [f"{ARN}:stateMachine:{name}" for name in ("a:live", "a:x", "b:live", "a:live:1")]
KNOWN: dict[str, list[Any]] = {
    "stateMachineArn": MACHINES + VERSIONS + ALIASES,
    "stateMachineVersionArn": VERSIONS + MACHINES,
    "stateMachineAliasArn": ALIASES + MACHINES,
    "resourceArn": MACHINES + VERSIONS,
    "revisionId": ["INITIAL", "nothing"],
    "weight": [0, 40, 60, 100, 101],
    "key": ["team", "stage", "aws:x", "a*b", ""],
    "executionArn": [
        *(f"{ARN}:execution:{name}" for name in ("a:x", "b:x", "a:y", "c:z", "a", "")),
        f"{ARN}:express:a:x:u",
    ],
    "name": ["a", "b", "c", "x", "y", "live", "z", "a b", "\u2028", "x" * 81],
    "definition": DEFINITIONS,
    "input": INPUTS,
    "roleArn": ["arn:aws:iam::123456789012:role/r", "arn:nothing"],
    "nextToken": ["AAAA", "é", "=" * 4, "x" * 3000],
}
OPERATIONS = sorted(service_model("stepfunctions").operation_names)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
texts = st.text(max_size=20) | st.text(st.characters(categories=["Cs", "Cc", "Lu"]), max_size=4)


def generate_value(name: str, shape: Shape, depth: int = 0) -> st.SearchStrategy[Any]:
    """Generate roughly the values that the model allows for a member; known names include existing ones."""
    if name in KNOWN:
        return st.sampled_from(KNOWN[name])
    if isinstance(shape, StructureShape) and depth < DEEPEST:
        members = {key: generate_value(key, inner, depth + 1) for key, inner in shape.members.items()}
        return st.fixed_dictionaries({}, optional=members)
    if isinstance(shape, ListShape) and depth < DEEPEST:
        return st.lists(generate_value("", shape.member, depth + 1), max_size=2)
    if isinstance(shape, MapShape):
        return st.dictionaries(texts, texts, max_size=2)
    if isinstance(shape, StringShape) and shape.enum:
        return st.sampled_from(list(shape.enum))
    scalars = {"boolean": st.booleans(), "integer": st.integers(-1, 1001), "string": texts}
    return scalars.get(shape.type_name, anything)


def generate_bodies(operation: OperationModel) -> st.SearchStrategy[Any]:
    """Generate bodies of an operation: half of them follow the model, half have a fault."""
    shape = operation.input_shape
    assert isinstance(shape, StructureShape)
    good = {name: generate_value(name, member) for name, member in shape.members.items()}
    required = {name: good.pop(name) for name in shape.required_members}
    odd = dict.fromkeys(shape.members, anything)
    plain = st.fixed_dictionaries(required)
    whole = st.fixed_dictionaries(required, optional=good)
    gaps = st.fixed_dictionaries({}, optional=required | good)
    spoilt = st.tuples(whole, st.fixed_dictionaries({}, optional=odd)).map(lambda both: both[0] | both[1])
    return st.one_of(plain, whole, gaps, spoilt)


def encode(body: Any) -> bytes:
    """Encode a body as a client might, including NaN and lone surrogates."""
    return json.dumps(body).encode()


SentRequest = tuple[str, bytes]


def generate_requests() -> st.SearchStrategy[list[SentRequest]]:
    """Generate sequences of requests, each an operation and a body."""
    served = [
        st.tuples(
            st.just(name), generate_bodies(service_model("stepfunctions").operation_model(name)).map(encode)
        )
        for name in OPERATIONS
    ]
    raw = st.tuples(st.sampled_from(OPERATIONS), st.one_of(st.binary(max_size=40), anything.map(encode)))
    return st.lists(st.one_of(*served, raw), min_size=1, max_size=REQUESTS_IN_EXAMPLE)


@dataclass(frozen=True, slots=True)
class Content:
    """The body of a request."""

    body: bytes

    async def iter_any(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        yield self.body


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request that the handler reads, without a socket."""

    headers: dict[str, str]
    content: Content
    method: str = "POST"
    content_length: int | None = None
    protocol: None = None


class NullTasks(TaskRunner):
    """Answers every call with null."""

    async def run(self, call: Call, caller: Caller) -> CallOutcome:  # noqa: ARG002 - as in the protocol
        """Return null."""
        assert call
        return CallResult("null")


@dataclass
class Judge:
    """Sends bodies to an engine, and collects the faults of its answers."""

    faults: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    slowest_seconds: float = 0.0

    async def judge(self, handler: AwsJson, operation: str, body: bytes) -> None:
        """Send one request, and judge its answer."""
        request = Request({"X-Amz-Target": f"AWSStepFunctions.{operation}"}, Content(body))
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                response = await handler(cast("web.BaseRequest", request))
        except TimeoutError:
            self.faults.append(f"{operation} {body!r}: no answer")
            return
        self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)
        self.sent += 1
        assert isinstance(response, web.Response)
        assert isinstance(response.body, bytes)
        self._inspect(operation, body, response.status, json.loads(response.body))

    def add(self, other: "Judge") -> None:
        """Add the findings of another judge."""
        self.faults += other.faults
        self.answers += other.answers
        self.sent += other.sent
        self.slowest_seconds = max(self.slowest_seconds, other.slowest_seconds)

    def _inspect(self, operation: str, body: bytes, status: int, answer: dict[str, Any]) -> None:
        kind = answer.get("__type", "OK") if status != 200 else "OK"
        self.answers[kind] += 1
        shapes = service_model("stepfunctions").operation_model(operation).error_shapes
        if kind not in {shape.name for shape in shapes} | COMMON | {"OK"} or status not in {
            200,
            400,
            402,
            409,
        }:
            self.faults.append(f"{operation} {body!r}: {status} {answer}")


async def _send(judge: Judge, sequences: list[list[SentRequest]]) -> None:
    clock = ManualClock(SystemClock().now())
    async with open_records(None) as records, Engine(NullTasks(), records, clock=clock) as engine:
        passing = asyncio.create_task(_pass_time(engine, clock))
        handler = create_states_api(engine)
        await judge.judge(handler, "CreateStateMachine", encode(_build_request("a", DEFINITIONS[0])))
        await judge.judge(handler, "CreateStateMachine", encode(_build_request("b", DEFINITIONS[1])))
        express = _build_request("c", DEFINITIONS[0]) | {"type": "EXPRESS"}
        await judge.judge(handler, "CreateStateMachine", encode(express))
        for sequence in sequences:
            for operation, body in sequence:
                await judge.judge(handler, operation, body)
            await asyncio.sleep(0)
        passing.cancel()


async def _pass_time(engine: Engine, clock: ManualClock) -> None:
    """Let time pass fast, so that an Express execution that is waited for ends within the patience."""
    while True:
        await asyncio.sleep(_MOMENT_SECONDS)
        clock.advance(EXPRESS_LIFE)
        engine.look_again()


def _build_request(name: str, definition: str) -> dict[str, str]:
    return {"name": name, "definition": definition, "roleArn": KNOWN["roleArn"][0]}


def torture(total: int, seed: int, console: Console, processes: int = 1) -> Outcome:
    """Generate bodies in `processes` processes, and judge every answer."""
    whole, began = Judge(), time.monotonic()
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(processes, spawn) as pool,
        progress("Sending bodies", total, console) as advance,
    ):
        number = itertools.count(seed)
        running = {pool.submit(judge_seed, next(number)) for _ in range(processes)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for chunk in done:
                whole.add(chunk.result())
            advance(min(whole.sent, total))
            if whole.sent < total:
                running |= {pool.submit(judge_seed, next(number)) for _ in done}
    return Outcome(
        f"Generated bodies (seed {seed})", _format_figures(whole, time.monotonic() - began), whole.faults
    )


def _format_figures(judge: Judge, seconds: float) -> dict[str, object]:
    figures: dict[str, object] = {
        "bodies": f"{judge.sent:,} in {seconds:.0f} s, {judge.sent / seconds:,.0f} a second",
        "slowest answer": f"{judge.slowest_seconds * 1000:.0f} ms",
    }
    return figures | {f"  {name}": f"{count:,}" for name, count in judge.answers.most_common()}


def judge_seed(seed: int, examples: int = EXAMPLES_IN_ENGINE) -> Judge:
    """Generate requests from one seed, send them to a new engine, and return its judge."""
    logging.disable(logging.WARNING)  # warnings about definitions are expected
    sequences: list[list[SentRequest]] = []

    @seeded(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(generate_requests())
    def generate(sequence: list[SentRequest]) -> None:
        sequences.append(sequence)

    generate()
    judge = Judge()
    asyncio.run(_send(judge, sequences))
    return judge
