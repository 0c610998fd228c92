"""The Amazon States Language: parses definitions and decides what a state does.

Pure: no I/O, no clock. An engine hands a state a `Visit` and carries out the `Decision` that it returns.
"""

from stepfunctions_local.language.decision import (
    NO_VARIABLES,
    Begin,
    Call,
    Decision,
    Distribute,
    Effort,
    FailedEvaluation,
    Failure,
    Fork,
    Item,
    Json,
    Proceed,
    RetryAfter,
    Visit,
    WaitUntil,
)
from stepfunctions_local.language.definition import Definition, parse_definition
from stepfunctions_local.language.diagnostic import Diagnostic, InvalidDefinition, Severity
from stepfunctions_local.language.evaluation import RUNTIME, build_data_limit_failure
from stepfunctions_local.language.json_text import InvalidJson, dump_json, parse_json
from stepfunctions_local.language.resource import Activity, Integration, LambdaFunction, Resource
from stepfunctions_local.language.state import ForkingState, State
from stepfunctions_local.language.variable_reference import variable_references

__all__ = [
    "NO_VARIABLES",
    "RUNTIME",
    "Activity",
    "Begin",
    "Call",
    "Decision",
    "Definition",
    "Diagnostic",
    "Distribute",
    "Effort",
    "FailedEvaluation",
    "Failure",
    "Fork",
    "ForkingState",
    "Integration",
    "InvalidDefinition",
    "InvalidJson",
    "Item",
    "Json",
    "LambdaFunction",
    "Proceed",
    "Resource",
    "RetryAfter",
    "Severity",
    "State",
    "Visit",
    "WaitUntil",
    "build_data_limit_failure",
    "dump_json",
    "parse_definition",
    "parse_json",
    "variable_references",
]
