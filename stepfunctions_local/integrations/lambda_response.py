"""Responses of Lambda's Invoke API, and the results that Step Functions makes of them.

Source: "Invoke" in the Lambda API Reference, and recordings of AWS.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from stepfunctions_local.integrations.response import ErrorResponse
from stepfunctions_local.language import Failure, InvalidJson, Json, dump_json, parse_json

_ERROR_MEMBERS = {"errorMessage", "errorType", "stackTrace"}


@dataclass(frozen=True, slots=True)
class LambdaResponse:
    """A response of Lambda, or of a local stand-in."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def accepted(self) -> bool:
        """Whether Lambda accepted the call, even if the function then failed."""
        return self.status < 300  # noqa: PLR2004 - HTTP

    @property
    def function_failed(self) -> bool:
        """Whether the function failed. The real `sam local` reports that by the body alone."""
        return "X-Amz-Function-Error" in self.headers or self._looks_like_failure()

    def read_error(self) -> ErrorResponse:
        """Return the error that Lambda rejected the call with."""
        kind = self.headers.get("x-amzn-errortype", "ServiceException").partition(":")[0]
        code = kind if kind.endswith("Exception") else f"{kind}Exception"
        return ErrorResponse(code, self._read_message(), self.status, self.request_id)

    def read_failure(self, cause: str) -> Failure:
        """Return the function's failure. `cause` is the payload in the form that the Resource calls for."""
        payload = self.parse_payload()
        error_type = payload.get("errorType") if isinstance(payload, dict) else None
        if isinstance(error_type, str) and error_type:
            # JSON can escape half of a surrogate pair, which is not a character.
            return Failure(error_type.encode(errors="replace").decode(), cause)
        unknown = (
            "The cause could not be determined because Lambda did not return an error type. "
            f"Returned payload: {cause}"
        )
        return Failure("Lambda.Unknown", unknown)

    def parse_payload(self) -> Json:
        """Return the value of the payload; text that is not JSON is returned as a string."""
        try:
            return parse_json(self.body)
        except InvalidJson:
            return self.body

    def compact_payload(self) -> str:
        """Return the payload's text without white space, which is the cause of a failed `lambda:invoke`."""
        return dump_json(self.parse_payload()) if self._is_json() else self.body

    def build_result(self) -> dict[str, Json]:
        """Return the result of `lambda:invoke`, with the metadata that AWS's SDK adds in Step Functions."""
        result: dict[str, Json] = {"ExecutedVersion": self.headers.get("X-Amz-Executed-Version", "$LATEST")}
        if log := self.headers.get("X-Amz-Log-Result"):
            result["LogResult"] = log
        result["Payload"] = self.parse_payload()
        result["SdkHttpMetadata"] = self._build_http_metadata()
        result["SdkResponseMetadata"] = {"RequestId": self.request_id}
        result["StatusCode"] = self.status
        return result

    @property
    def request_id(self) -> str:
        """The request's id, which is made up if the endpoint has sent none."""
        return self.headers.get("x-amzn-RequestId") or str(uuid4())

    def _build_http_metadata(self) -> Json:
        headers = {
            "Connection": "keep-alive",
            "Content-Length": str(len(self.body.encode())),
            "Content-Type": self.headers.get("Content-Type", "application/json"),
            "Date": self.headers.get("Date", ""),
            "X-Amz-Executed-Version": self.headers.get("X-Amz-Executed-Version", "$LATEST"),
            "x-amzn-Remapped-Content-Length": "0",
            "x-amzn-RequestId": self.request_id,
            "X-Amzn-Trace-Id": self.headers.get("X-Amzn-Trace-Id", ""),
        }
        if log := self.headers.get("X-Amz-Log-Result"):
            headers["X-Amz-Log-Result"] = log
        everything: Json = {name: [value] for name, value in headers.items()}
        return {"AllHttpHeaders": everything, "HttpHeaders": dict(headers), "HttpStatusCode": self.status}

    def _looks_like_failure(self) -> bool:
        if not self._is_json():
            return bool(self.body)
        payload = self.parse_payload()
        return isinstance(payload, dict) and payload.keys() - {"requestId"} == _ERROR_MEMBERS

    def _is_json(self) -> bool:
        try:
            parse_json(self.body)
        except InvalidJson:
            return False
        return True

    def _read_message(self) -> str:
        payload = self.parse_payload()
        if not isinstance(payload, dict):
            return str(payload)
        return str(payload.get("Message") or payload.get("message") or "")
