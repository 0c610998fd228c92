"""The functions and state machines of a build, and its faults."""

import json

import pytest

from stepfunctions_local.errors import TemplateError
from stepfunctions_local.lambdas.function import Function
from tests.unit.template.project import FUNCTION, Project


def test_function_inherits_from_globals(project: Project) -> None:
    """Its own settings take precedence."""
    project.write(
        """
        Globals:
          Function:
            Timeout: 10
            MemorySize: 512
            Runtime: python3.12
            Environment: {Variables: {A: common, B: common}}
        Resources:
          Orders:
            Type: AWS::Serverless::Function
            Properties:
              FunctionName: orders-live
              CodeUri: Orders
              Handler: app.handler
              MemorySize: 256
              Environment: {Variables: {B: own, C: true}}
              LoggingConfig: {LogFormat: JSON}
        """
    )
    assert project.read().functions["Orders"] == Function(
        logical_id="Orders",
        function_name="orders-live",
        handler="app.handler",
        runtime="python3.12",
        code=project.built.resolve() / "Orders",
        timeout_seconds=10,
        memory_mb=256,
        variables={"A": "common", "B": "own", "C": "true"},
        logging={"LogFormat": "JSON"},
    )


def test_defaults_are_those_of_lambda(project: Project) -> None:
    """A function without settings has 3 seconds and 128 MB."""
    function = project.write(f"Resources:\n  F:{FUNCTION}").read().functions["F"]
    assert (function.timeout_seconds, function.memory_mb, function.variables) == (3, 128, {})
    assert function.name == "F"


def test_function_is_found_by_its_name_too(project: Project) -> None:
    """Only its logical ID and its name in the template find it."""
    functions = project.write(f"Resources:\n  F:{FUNCTION}      FunctionName: orders").read().functions
    assert functions["orders"] == functions["F"]
    assert list(functions) == ["F"]
    with pytest.raises(KeyError):
        functions["Nope"]


def test_function_can_be_a_plain_lambda_resource(project: Project) -> None:
    """Its code is as sam build writes it."""
    project.write(
        "Resources: {F: {Type: AWS::Lambda::Function, "
        "Properties: {Code: F, Handler: a.b, Runtime: python3.11, Timeout: '8'}}}"
    )
    assert project.read().functions["F"].timeout_seconds == 8


@pytest.mark.parametrize(
    ("property_", "message"),
    [
        ("Timeout: 0", "Timeout is 0: a whole number from 1 to 900 is allowed"),
        ("Timeout: soon", "Timeout is 'soon': a whole number"),
        ("MemorySize: 64", "MemorySize is 64: a whole number from 128 to 10240 is allowed"),
        ("Runtime: java21", "F has the runtime java21: only Python and Node.js run here. Serve it with `sam"),
        ("Runtime: provided.al2023", "F has the runtime provided.al2023: only Python and Node.js run here"),
        ("Runtime: !Ref AWS::NoValue", "F has no runtime"),
        ("Handler: !Ref AWS::NoValue", "Handler is missing"),
        ("CodeUri: {Bucket: b, Key: k}", "a local path is expected"),
        ("CodeUri: s3://bucket/key", "a local path is expected"),
        ("Environment: {Variables: [a]}", "an object is expected"),
        ("Environment: [a]", "an object is expected"),
        ("LoggingConfig: text", "an object is expected"),
    ],
)
def test_unsupported_function_is_refused_when_it_is_looked_up(
    project: Project, property_: str, message: str
) -> None:
    """The error names the property, its value and the allowed values."""
    template = f"Resources:\n  F:{FUNCTION}      {property_}"
    name = property_.partition(":")[0]
    lines = [line for line in template.splitlines() if name not in line or line.strip() == property_]
    functions = project.write("\n".join(lines)).read().functions
    with pytest.raises(TemplateError, match=f"^Resources/F/Properties/{name}") as caught:
        functions["F"]
    assert message in str(caught.value)


def test_unsupported_function_does_not_affect_others(project: Project) -> None:
    """The others are served."""
    ruby = FUNCTION.replace("python3.11", "ruby3.3")
    functions = project.write(f"Resources:\n  Ruby:{ruby}\n  F:{FUNCTION}").read().functions
    assert functions["F"].handler == "app.handler"
    assert list(functions) == ["Ruby", "F"]


def test_missing_build_is_refused(project: Project) -> None:
    """The message names the file, the command and the folder."""
    with pytest.raises(TemplateError, match=r"There is no .*template.yaml: run `sam build` in "):
        project.read()


@pytest.mark.parametrize("template", ["[]", "a: [", "\x00", "Resources: [a]", "Resources: {F: text}", "text"])
def test_invalid_template_is_refused(project: Project, template: str) -> None:
    """Reading the build raises TemplateError."""
    with pytest.raises(TemplateError):
        project.write(template).read()


def test_fresh_build_causes_no_warning(project: Project) -> None:
    """Older sources, compiled files and hidden files do not count as changes."""
    project.write(f"Resources:\n  F:{FUNCTION}")
    project.write_source(
        "template.yaml", "Resources: {F: {Type: AWS::Serverless::Function}}", seconds_after_build=-9
    )
    project.write_source("hello/app.py", "", seconds_after_build=-9)
    project.write_source("hello/__pycache__/app.pyc", "", seconds_after_build=9)
    project.write_source("hello/.cache/app", "", seconds_after_build=9)
    assert project.read().warnings == ()


SOURCE = """
    Globals: {Function: {CodeUri: common}}
    Resources:
      F: {Type: AWS::Serverless::Function, Properties: {CodeUri: hello/}}
      G: {Type: AWS::Serverless::Function}
"""


@pytest.mark.parametrize(
    "changed",
    ["template.yaml", "hello/app.py", "hello/package/module.py", "hello/requirements.txt", "common/a.py"],
)
def test_stale_build_causes_a_warning(project: Project, changed: str) -> None:
    """It names the changed source and the command to run."""
    project.write(f"Resources:\n  F:{FUNCTION}")
    project.write_source("template.yaml", SOURCE, seconds_after_build=-9)
    text = SOURCE if changed == "template.yaml" else ""
    project.write_source(changed, text, seconds_after_build=9)
    (warning,) = project.read().warnings
    assert warning.startswith(f"{changed} has changed since the last build: run `sam build` in ")


TASK = {"Type": "Task", "Resource": "${Arn}", "Comment": "${Kept}", "End": True}
DEFINITION = {"StartAt": "A", "States": {"A": TASK}}
MACHINE = """
Resources:
  Fn: {Type: AWS::Serverless::Function}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionSubstitutions: {Arn: !GetAtt Fn.Arn, Days: 7}
"""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("delay.asl.json", json.dumps(DEFINITION)),
        (
            "delay.asl.yaml",
            "StartAt: A\nStates: {A: {Type: Task, Resource: '${Arn}', Comment: '${Kept}', End: true}}",
        ),
        ("delay.asl", json.dumps(DEFINITION, indent="\t")),
    ],
)
def test_definition_is_read_from_a_file(project: Project, file: str, text: str) -> None:
    """The built template names the file. Substitutions are applied."""
    project.write(f"{MACHINE}      DefinitionUri: ../../statemachine/{file}")
    project.write_source(f"statemachine/{file}", text, seconds_after_build=0)
    machine = project.read().state_machines["Machine"]
    state = json.loads(machine.definition)["States"]["A"]
    assert state["Resource"] == "arn:aws:lambda:eu-west-1:000000000001:function:Fn"
    assert state["Comment"] == "${Kept}"
    assert (machine.name, machine.type) == ("Machine", "STANDARD")
    assert machine.role_arn == "arn:aws:iam::000000000001:role/MachineRole"


def test_definition_is_read_from_the_template(project: Project) -> None:
    """Its intrinsic functions are resolved. Name, role and type are kept."""
    project.write(
        f"{MACHINE}      Name: delay\n      Type: EXPRESS\n      Role: arn:aws:iam::1:role/r\n"
        "      Definition: {StartAt: !Ref AWS::Region, Wait: '${Days}'}"
    )
    machine = project.read().state_machines["delay"]
    assert json.loads(machine.definition) == {"StartAt": "eu-west-1", "Wait": "7"}
    assert (machine.name, machine.type, machine.role_arn) == ("delay", "EXPRESS", "arn:aws:iam::1:role/r")


def test_missing_definition_file_is_refused(project: Project) -> None:
    """The error has its location and path."""
    project.write(f"{MACHINE}      DefinitionUri: gone.asl.json")
    place = "^Resources/Machine/Properties/DefinitionUri"
    with pytest.raises(
        TemplateError, match=rf"{place}: cannot read .*gone\.asl\.json: No such file or directory$"
    ):
        project.read().state_machines["Machine"]


def test_unknown_type_of_state_machine_is_refused(project: Project) -> None:
    """The message names the allowed types."""
    project.write(f"{MACHINE}      Type: SLOW\n      Definition: {{StartAt: A}}")
    with pytest.raises(TemplateError, match="Type is 'SLOW': STANDARD or EXPRESS is allowed"):
        project.read().state_machines["Machine"]


@pytest.mark.parametrize("name", ["Logging", "LoggingConfiguration"])
def test_logging_is_read_without_its_destination(project: Project, name: str) -> None:
    """Only AWS knows the ARN of the log group, and the log is kept elsewhere here."""
    project.write(
        f"{MACHINE}      Definition: {{StartAt: A}}\n      {name}:\n        Level: ERROR\n"
        "        IncludeExecutionData: 'true'\n        Destinations:\n"
        "          - CloudWatchLogsLogGroup: {LogGroupArn: !GetAtt Missing.Arn}"
    )
    machine = project.read().state_machines["Machine"]
    assert machine.logging == {"level": "ERROR", "includeExecutionData": True}


def test_logging_may_depend_on_a_condition(project: Project) -> None:
    """An intrinsic function in its place is resolved as a whole."""
    project.write(
        f"{MACHINE}      Definition: {{StartAt: A}}\n"
        "      Logging: !If [Loud, {Level: FATAL}, !Ref AWS::NoValue]\n"
        "Conditions: {Loud: !Equals [a, a]}"
    )
    machine = project.read().state_machines["Machine"]
    assert machine.logging == {"level": "FATAL", "includeExecutionData": False}


def test_unknown_log_level_is_refused(project: Project) -> None:
    """The message names the allowed ones."""
    project.write(f"{MACHINE}      Definition: {{StartAt: A}}\n      Logging: {{Level: DEBUG}}")
    with pytest.raises(TemplateError, match="Logging/Level is 'DEBUG': OFF, ALL, ERROR or FATAL is allowed"):
        project.read().state_machines["Machine"]


def test_activity_has_a_name_and_an_arn(project: Project) -> None:
    """Ref returns the ARN."""
    project.write(
        """
        Resources:
          Work:
            Type: AWS::StepFunctions::Activity
            Properties: {Name: orders-work}
          F:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: F
              Handler: app.handler
              Runtime: python3.11
              Environment: {Variables: {X: !Ref Work}}
        """
    )
    assert dict(project.read().activities) == {"Work": "orders-work"}
    arn = "arn:aws:states:eu-west-1:000000000001:activity:orders-work"
    assert project.read().functions["F"].variables == {"X": arn}
