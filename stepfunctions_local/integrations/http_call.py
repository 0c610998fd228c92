"""Calls of HTTP APIs: `apigateway:invoke`, `http:invoke`. They go to the endpoint of the settings alone.

The `Host` is the one of the state, so that a stand-in can tell the APIs apart.

Source: "Call API Gateway REST APIs with Step Functions", "Call HTTPS APIs in Step Functions workflows".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, urlencode, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSRequest

from stepfunctions_local.engine.execution.call import Caller, CallOutcome, CallResult
from stepfunctions_local.integrations.members import decode_bytes
from stepfunctions_local.integrations.response import HttpResponse
from stepfunctions_local.integrations.service import HTTP_SERVICES
from stepfunctions_local.integrations.service_call import ServiceCall
from stepfunctions_local.language import Integration, InvalidJson, Json, dump_json, parse_json

if TYPE_CHECKING:
    from stepfunctions_local.integrations.wire import Wire

_FIRST_ERROR_STATUS: Final = 300


@dataclass(frozen=True, slots=True)
class HttpCall(ServiceCall):
    """A call of an HTTP API."""

    @classmethod
    def of(cls, integration: Integration, parameters: dict[str, Json], caller: Caller) -> Self:  # noqa: ARG003 - an API is not given the caller
        """Build a call of an integration."""
        return cls(integration, HTTP_SERVICES[integration.service], integration.operation, parameters)

    def build_request(self, wire: "Wire", endpoint: str) -> AWSPreparedRequest:
        """Build the HTTP request, signed if the state says so."""
        host, path, query = self._find_target()
        headers = {"Host": host, **{name: ",".join(values) for name, values in self._list("Headers")}}
        pairs = [*query, *((name, each) for name, values in self._list("QueryParameters") for each in values)]
        url = f"{endpoint.rstrip('/')}/{path.lstrip('/')}" + (f"?{urlencode(pairs)}" if pairs else "")
        body, content_type = self._encode_body()
        if content_type and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = content_type
        request = AWSRequest(str(self.parameters["Method"]), url, headers, body)
        if self.parameters.get("AuthType") in {"IAM_ROLE", "RESOURCE_POLICY"}:
            return wire.sign(request, "execute-api")
        prepared: AWSPreparedRequest = request.prepare()
        return prepared

    def parse_response(self, wire: "Wire", response: HttpResponse) -> CallOutcome:
        """Return the outcome that a response means."""
        body = decode_bytes(response.body)
        if response.status >= _FIRST_ERROR_STATUS:
            return self.service.build_failure(self._name_status(response.status), body)
        headers: dict[str, Json] = {name: [*response.headers.getall(name)] for name in response.headers}
        result = {
            "Headers": headers,
            "ResponseBody": _parse(body),
            "StatusCode": response.status,
            "StatusText": response.reason,
        }
        return CallResult(dump_json(result))

    def _find_target(self) -> tuple[str, str, list[tuple[str, str]]]:
        """Return host, path and query of the API."""
        api = str(self.parameters["ApiEndpoint"])
        if self.integration.service == "http":
            parts = urlsplit(api if "//" in api else f"//{api}")
            query = [tuple(pair.partition("=")[::2]) for pair in parts.query.split("&") if pair]
            return parts.netloc, parts.path, query  # type: ignore[return-value] # of two
        stage, path = (str(self.parameters.get(name) or "") for name in ("Stage", "Path"))
        steps = (quote(step.strip("/"), safe="/%") for step in (stage, path) if step)
        return api.rpartition("//")[2], "/".join(steps), []

    def _name_status(self, status: int) -> str:
        return f"StatusCode.{status}" if self.integration.service == "http" else str(status)

    def _list(self, field: str) -> Iterator[tuple[str, list[str]]]:
        given = self.parameters.get(field)
        for name, value in given.items() if isinstance(given, dict) else ():
            values = value if isinstance(value, list) else [value]
            yield name, [each if isinstance(each, str) else dump_json(each) for each in values]

    def _encode_body(self) -> tuple[bytes, str]:
        body = self.parameters.get("RequestBody")
        if body is None:
            return b"", ""
        transform = self.parameters.get("Transform")
        if isinstance(transform, dict) and transform.get("RequestBodyEncoding") == "URL_ENCODED":
            options = transform.get("RequestEncodingOptions")
            array_format = options.get("ArrayFormat") if isinstance(options, dict) else None
            pairs = [*_list_fields("", body, str(array_format or "INDICES"))]
            return urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        return (body if isinstance(body, str) else dump_json(body)).encode(), "application/json"


def _list_fields(name: str, value: Any, array_format: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Yield the fields of a form. Source: "Applying URL-encoding on request body"."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _list_fields(f"{name}[{key}]" if name else key, each, array_format)
    elif isinstance(value, list):
        texts = [_to_text(each) for each in value]
        if array_format == "COMMAS":
            yield name, ",".join(texts)
        for index, text in enumerate(texts if array_format != "COMMAS" else ()):
            suffix = {"INDICES": f"[{index}]", "BRACKETS": "[]"}.get(array_format, "")
            yield f"{name}{suffix}", text
    else:
        yield name, _to_text(value)


def _to_text(value: Json) -> str:
    return value if isinstance(value, str) else dump_json(value)


def _parse(body: str) -> Json:
    try:
        return parse_json(body)
    except InvalidJson:
        return body
