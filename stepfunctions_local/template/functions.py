"""The functions of a built template."""

import re

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.function import DEFAULT_MEMORY_MB, DEFAULT_TIMEOUT_SECONDS, Function
from stepfunctions_local.template.properties import Properties

TIMEOUTS_SECONDS = range(1, 901)
MEMORIES_MB = range(128, 10_241)
CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Lambda::Function": "Code"}
PYTHON = re.compile(r"python3\.\d+")


def read_function(type_: str, properties: Properties) -> Function:
    """Read one function.

    Raises:
        TemplateError: it is no Python function with its code in a folder, or a value cannot be resolved.

    """
    return Function(
        logical_id=properties.logical_id,
        function_name=properties.text("FunctionName"),
        runtime=_runtime(properties),
        handler=properties.required_text("Handler"),
        code=properties.path(CODE[type_]),
        timeout_seconds=properties.whole_number("Timeout", DEFAULT_TIMEOUT_SECONDS, TIMEOUTS_SECONDS),
        memory_mb=properties.whole_number("MemorySize", DEFAULT_MEMORY_MB, MEMORIES_MB),
        variables=_variables(properties),
        logging=properties.texts("LoggingConfig", properties.members("LoggingConfig")),
    )


def _runtime(properties: Properties) -> str:
    runtime = properties.text("Runtime")
    if runtime is None or not PYTHON.fullmatch(runtime):
        what = f"the runtime {runtime}" if runtime else "no runtime"
        raise TemplateError(
            f"{properties.place('Runtime')}: {properties.logical_id} has {what}: only Python functions run "
            "here. `sam local start-lambda` runs it with Docker."
        )
    return runtime


def _variables(properties: Properties) -> dict[str, str]:
    environment = properties.members("Environment")
    return properties.texts("Environment/Variables", environment.get("Variables") or {})
