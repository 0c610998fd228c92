"""State machines that the contract tests run."""

import json
from typing import Any

ROLE = "arn:aws:iam::123456789012:role/DummyRole"

SEED: dict[str, Any] = {
    "Comment": "example",
    "StartAt": "wait_until",
    "States": {
        "wait_until": {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "LambdaState"},
        "LambdaState": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "OutputPath": "$.Payload",
            "Parameters": {
                "Payload.$": "$",
                "FunctionName": "arn:aws:lambda:us-east-1:function:HelloWorldFunction:$LATEST",
            },
            "Next": "NextState",
        },
        "NextState": {"Type": "Pass", "End": True},
    },
}
"""The first definition of this project, verbatim."""

WAIT_AND_PASS = json.dumps(
    {
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "SecondsPath": "$.expirydate", "Next": "Done"},
            "Done": {"Type": "Pass", "End": True},
        },
    }
)

PASS = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}})


def build_logging(level: str) -> dict[str, Any]:
    """Return a logging configuration with a level, and with execution data."""
    group = "arn:aws:logs:us-east-1:123456789012:log-group:orders:*"
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": group}}
    return {"level": level, "includeExecutionData": True, "destinations": [destination]}
