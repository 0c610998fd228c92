"""SQS, SNS, DynamoDB and EventBridge in one small server, which answers as AWS was recorded to answer.

SQS, SNS and DynamoDB have one resource each: the queue, the topic and the table `orders`. All requests are
kept for tests to inspect.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl
from uuid import uuid4

from aiohttp import web

from stepfunctions_local.endpoints.listener import Listener

Body: TypeAlias = dict[str, Any]

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
TOPIC = "arn:aws:sns:us-east-1:123456789012:orders"
TABLE = "orders"

_PUBLISHED = """\
<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
  <PublishResult>
    <MessageId>{message_id}</MessageId>
  </PublishResult>
  <ResponseMetadata>
    <RequestId>{request_id}</RequestId>
  </ResponseMetadata>
</PublishResponse>
"""
_ERROR = """\
<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
  <Error>
    <Type>Sender</Type>
    <Code>{code}</Code>
    <Message>{message}</Message>
  </Error>
  <RequestId>{request_id}</RequestId>
</ErrorResponse>
"""


class Refused(Exception):
    """The service refuses a request; `error` is the value of the additional error header of SQS."""

    def __init__(self, code: str, message: str, status: int = 400, error: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.error = error


@dataclass
class ServiceRequest:
    """One request: its operation, body and headers."""

    operation: str
    body: Body
    headers: dict[str, str]


@dataclass
class AwsServices:
    """The services' items, and the requests received by them."""

    url: str = ""
    requests: list[ServiceRequest] = field(default_factory=list)
    items: dict[str, Body] = field(default_factory=dict)

    def endpoints(self) -> dict[str, str]:
        """Return the URL of each service."""
        return dict.fromkeys(("sqs", "sns", "dynamodb", "events"), self.url)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request in its own protocol."""
        body = await request.content.read()
        headers = dict(request.headers)
        if target := headers.get("X-Amz-Target"):
            return self._answer_json(ServiceRequest(target.partition(".")[2], json.loads(body), headers))
        form = dict(parse_qsl(body.decode()))
        return self._answer_xml(ServiceRequest(form["Action"], form, headers))

    def _answer_json(self, request: ServiceRequest) -> web.Response:
        try:
            status, answer, headers = 200, self._perform(request), {}
        except Refused as refused:
            status = refused.status
            answer = {"__type": f"com.amazonaws#{refused.code}", "message": str(refused)}
            headers = {"x-amzn-query-error": refused.error} if refused.error else {}
        return web.Response(
            status=status,
            body=json.dumps(answer).encode(),
            headers=headers
            | {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": str(uuid4())},
        )

    def _answer_xml(self, request: ServiceRequest) -> web.Response:
        request_id = str(uuid4())
        try:
            message_id = self._perform(request)["MessageId"]
            status, text = 200, _PUBLISHED.format(message_id=message_id, request_id=request_id)
        except Refused as refused:
            status = refused.status
            text = _ERROR.format(code=refused.code, message=refused, request_id=request_id)
        headers = {"x-amzn-RequestId": request_id}
        return web.Response(status=status, text=text, content_type="text/xml", headers=headers)

    def _perform(self, request: ServiceRequest) -> Body:
        self.requests.append(request)
        operations: dict[str, Callable[[Body], Body]] = {
            "SendMessage": _send_message,
            "Publish": _publish,
            "PutEvents": _put_events,
            "GetItem": self._get_item,
            "PutItem": self._put_item,
            "UpdateItem": self._update_item,
            "DeleteItem": self._delete_item,
        }
        return operations[request.operation](request.body)

    def _get_item(self, body: Body) -> Body:
        item = self.items.get(_key(body, "Key"))
        return {"Item": item} if item else {}

    def _put_item(self, body: Body) -> Body:
        key = _key(body, "Item")
        if "ConditionExpression" in body and key in self.items:
            raise Refused("ConditionalCheckFailedException", "The conditional request failed")
        self.items[key] = body["Item"]
        return {}

    def _update_item(self, body: Body) -> Body:
        """Set one attribute; the tests update no more."""
        name = body["UpdateExpression"].split()[1].partition("=")[0]
        (value,) = body["ExpressionAttributeValues"].values()
        item = self.items.setdefault(_key(body, "Key"), dict(body["Key"]))
        item[name] = value
        return {"Attributes": item}

    def _delete_item(self, body: Body) -> Body:
        self.items.pop(_key(body, "Key"), None)
        return {}


@asynccontextmanager
async def serve_aws_services() -> AsyncIterator[AwsServices]:
    """Serve them on a free port while the context lasts."""
    services = AwsServices()
    async with Listener(services.answer, "127.0.0.1", 0, "--port") as listener:
        services.url = listener.url
        yield services


def _send_message(body: Body) -> Body:
    if "MessageBody" not in body:
        raise Refused("MissingParameter", "The request must contain the parameter MessageBody.")
    if body["QueueUrl"] != QUEUE:
        error = "AWS.SimpleQueueService.NonExistentQueue;Sender"
        raise Refused("QueueDoesNotExist", "The specified queue does not exist.", error=error)
    digest = hashlib.md5(body["MessageBody"].encode()).hexdigest()  # noqa: S324 - as SQS does
    return {"MD5OfMessageBody": digest, "MessageId": str(uuid4())}


def _publish(body: Body) -> Body:
    if body.get("TopicArn") != TOPIC:
        raise Refused("NotFound", "Topic does not exist", status=404)
    return {"MessageId": str(uuid4())}


def _put_events(body: Body) -> Body:
    answers = [_put_event(entry) for entry in body["Entries"]]
    failed = sum("ErrorCode" in answer for answer in answers)
    return {"Entries": answers, "FailedEntryCount": failed}


def _put_event(entry: Body) -> Body:
    if "Source" in entry:
        return {"EventId": str(uuid4())}
    message = "Parameter Source is not valid. Reason: Source is a required argument."
    return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}


def _key(body: Body, member: str) -> str:
    if body["TableName"] != TABLE:
        raise Refused("ResourceNotFoundException", "Requested resource not found")
    if body.get(member) is None:
        problem = f"Value null at '{member.lower()}'"
        raise Refused(
            "ValidationException", f"{problem} failed to satisfy constraint: Member must not be null"
        )
    return str(body[member]["id"])
