"""State machines that take all they can get: an endless loop, and branches and tasks with large inputs."""

from typing import Any, Final

WAIT: Final = {"Type": "Wait", "SecondsPath": "$.expirydate"}
LOOP: Final[dict[str, Any]] = {
    "StartAt": "Ping",
    "States": {
        "Ping": {"Type": "Pass", "Next": "Again"},
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.text", "IsPresent": True, "Next": "Ping"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}
MAP: Final[dict[str, Any]] = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"text.$": "$.text", "item.$": "$$.Map.Item.Value"},
            "ItemProcessor": {
                "StartAt": "Copy",
                "States": {
                    "Copy": {"Type": "Pass", "Next": "Drop"},
                    "Drop": {"Type": "Pass", "Result": 1, "End": True},
                },
            },
            "End": True,
        }
    },
}
TASK: Final[dict[str, Any]] = {
    "StartAt": "Wait",
    "States": {"Wait": WAIT | {"Next": "Done"}, "Done": {"Type": "Pass", "End": True}},
}
