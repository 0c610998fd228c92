"""The integrations that call an HTTP API, as models in botocore's form: `apigateway:invoke`, `http:invoke`.

Source: "Call API Gateway REST APIs with Step Functions", and "Call HTTPS APIs in Step Functions workflows".
"""

from typing import Any, Final

from botocore.model import OperationModel, ServiceModel

from stepfunctions_local.language.pattern import Pattern

_SHAPES: Final[dict[str, Any]] = {
    "Any": {"type": "structure", "members": {}, "document": True},
    "String": {"type": "string"},
    "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Any"}},
    "Connection": {
        "type": "structure",
        "required": ["ConnectionArn"],
        "members": {"ConnectionArn": {"shape": "String"}},
    },
}


def _build_model(name: str, required: list[str], members: dict[str, str]) -> ServiceModel:
    shapes = {member: {"shape": shape} for member, shape in members.items()}
    described = {"type": "structure", "required": required, "members": shapes}
    return ServiceModel(
        {
            "metadata": {"serviceId": name, "protocol": "rest-json", "endpointPrefix": name},
            "operations": {
                "Invoke": {
                    "name": "Invoke",
                    "http": {"method": "POST", "requestUri": "/"},
                    "input": {"shape": "InvokeRequest"},
                }
            },
            "shapes": {**_SHAPES, "InvokeRequest": described},
        },
        name,
    )


MODELS: Final = {
    "apigateway": _build_model(
        "apigateway",
        ["ApiEndpoint", "Method"],
        {
            **dict.fromkeys(("ApiEndpoint", "Method", "Stage", "Path", "AuthType"), "String"),
            **dict.fromkeys(("Headers", "QueryParameters"), "Map"),
            "RequestBody": "Any",
            "AllowNullValues": "Any",
        },
    ),
    "http": _build_model(
        "http",
        ["ApiEndpoint", "Method"],
        {
            **dict.fromkeys(("ApiEndpoint", "Method"), "String"),
            **dict.fromkeys(("Headers", "QueryParameters"), "Map"),
            **dict.fromkeys(("Authentication", "InvocationConfig"), "Connection"),
            **dict.fromkeys(("RequestBody", "Transform"), "Any"),
        },
    ),
}
"""The models by the names of the services in a Resource."""

PATTERNS: Final = {
    "apigateway": (Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN),
    "http": (Pattern.REQUEST_RESPONSE,),
}


def find_operation(service: str, action: str) -> OperationModel | None:
    """Return the model of an action, or None if there is none."""
    return MODELS[service].operation_model("Invoke") if action == "invoke" else None
