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
    """Return a function.

    Raises:
        TemplateError: it is not a Python function with its code in a folder, or a value is unresolvable.

    """
    return Function(
        logical_id=properties.logical_id,
        function_name=properties.get_text("FunctionName"),
        runtime=_read_runtime(properties),
        handler=properties.require_text("Handler"),
        code=properties.get_path(CODE[type_]),
        timeout_seconds=properties.get_whole_number("Timeout", DEFAULT_TIMEOUT_SECONDS, TIMEOUTS_SECONDS),
        memory_mb=properties.get_whole_number("MemorySize", DEFAULT_MEMORY_MB, MEMORIES_MB),
        variables=_read_variables(properties),
        logging=properties.to_texts("LoggingConfig", properties.get_object("LoggingConfig")),
    )


def _read_runtime(properties: Properties) -> str:
    runtime = properties.get_text("Runtime")
    if runtime is None or not PYTHON.fullmatch(runtime):
        given = f"the runtime {runtime}" if runtime else "no runtime"
        raise TemplateError(
            f"{properties.place('Runtime')}: {properties.logical_id} has {given}: only Python functions run "
            "here. `sam local start-lambda` runs it with Docker."
        )
    return runtime


def _read_variables(properties: Properties) -> dict[str, str]:
    environment = properties.get_object("Environment")
    return properties.to_texts("Environment/Variables", environment.get("Variables") or {})
