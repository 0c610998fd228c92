"""Resources are parsed into functions and integrations."""

import pytest

from stepfunctions_local.language import Activity, Integration, LambdaFunction
from stepfunctions_local.language.resource import parse_resource


@pytest.mark.parametrize(
    ("arn", "resource"),
    [
        ("arn:aws:lambda:us-east-1:123456789012:function:F", ("F", "123456789012", None)),
        ("arn:aws:lambda:us-east-1:123456789012:function:F:$LATEST", ("F", "123456789012", "$LATEST")),
        ("arn:aws-cn:lambda:cn-north-1:123456789012:function:F:live", ("F", "123456789012", "live")),
        ("arn:aws:lambda:us-east-1:function:Hello:$LATEST", ("Hello", None, "$LATEST")),
    ],
)  # fmt: skip
def test_a_function_has_name_account_and_qualifier(
    arn: str, resource: tuple[str, str | None, str | None]
) -> None:
    """Account and qualifier are optional."""
    assert parse_resource(arn) == LambdaFunction(arn, *resource)


@pytest.mark.parametrize("arn", ["arn:aws:states:::lambda:invoke", "arn:aws-us-gov:states:::lambda:invoke"])
def test_an_integration_has_service_and_action(arn: str) -> None:
    """Its ARN can be of any partition."""
    assert parse_resource(arn) == Integration(arn, "lambda", "invoke")


@pytest.mark.parametrize("name", ["work", "activity.name-1_2", "größe"])
def test_an_activity_has_a_name(name: str) -> None:
    """It may have characters beyond ASCII."""
    arn = f"arn:aws:states:us-east-1:123456789012:activity:{name}"
    assert parse_resource(arn) == Activity(arn, name)
