"""Lambda's answers become results and failures of Step Functions."""

import pytest

from stepfunctions_local.integrations.lambda_response import LambdaResponse
from stepfunctions_local.integrations.service import SERVICES
from stepfunctions_local.language import Failure

FAILED = {"X-Amz-Function-Error": "Unhandled"}


@pytest.mark.parametrize("body", ["1", "null", '"text"', '{"errorMessage": "only"}', "[]", ""])
def test_a_returned_value_is_no_failure(body: str) -> None:
    """An object that resembles an error is a value too."""
    assert not LambdaResponse(200, {}, body).function_failed


@pytest.mark.parametrize(
    "body",
    [
        '{"errorMessage": "m", "errorType": "T", "stackTrace": []}',
        '{"errorMessage": "m", "errorType": "T", "requestId": "r", "stackTrace": []}',
        "Task timed out after 3.00 seconds",
    ],
)
def test_failures_of_sam_local_are_recognised_by_their_body(body: str) -> None:
    """Its answer has no error header."""
    assert LambdaResponse(200, {}, body).function_failed


def test_a_failure_is_named_by_its_error_type() -> None:
    """Its cause is the payload."""
    body = '{"errorMessage": "m", "errorType": "ValueError"}'
    assert LambdaResponse(200, FAILED, body).read_failure(body) == Failure("ValueError", body)


def test_a_failure_without_a_type_is_unknown() -> None:
    """The cause is worded as on AWS."""
    body = '{"errorMessage":"m"}'
    assert LambdaResponse(200, FAILED, body).read_failure(body) == Failure(
        "Lambda.Unknown",
        "The cause could not be determined because Lambda did not return an error type. "
        'Returned payload: {"errorMessage":"m"}',
    )


LAMBDA = SERVICES["lambda"]


def test_a_refusal_is_named_by_the_error_of_the_api() -> None:
    """The name ends in Exception, even if the endpoint's name does not."""
    headers = {"x-amzn-errortype": "ResourceNotFound", "x-amzn-RequestId": "r"}
    answer = LambdaResponse(404, headers, '{"Type": "User", "Message": "Function not found: f"}')
    assert LAMBDA.to_failure(answer.read_error()) == Failure(
        "Lambda.ResourceNotFoundException",
        "Function not found: f (Service: AWSLambda; Status Code: 404; Error Code: "
        "ResourceNotFoundException; Request ID: r; Proxy: null)",
    )


def test_a_refusal_that_is_not_json_is_quoted() -> None:
    """A proxy may answer in any format."""
    refusal = LAMBDA.to_failure(LambdaResponse(502, {}, "<html>").read_error())
    assert refusal.error == "Lambda.ServiceException"
    assert refusal.cause is not None
    assert refusal.cause.startswith("<html> (Service: AWSLambda; Status Code: 502;")


def test_the_result_of_an_invocation_has_the_fields_of_the_sdk() -> None:
    """It has the payload, version, status, log and the metadata of the response."""
    headers = {"x-amzn-RequestId": "r", "X-Amz-Log-Result": "bG9n"}
    result = LambdaResponse(200, headers, '{"a":1}').build_result()
    assert (result["Payload"], result["StatusCode"], result["LogResult"]) == ({"a": 1}, 200, "bG9n")
    assert result["SdkResponseMetadata"] == {"RequestId": "r"}
