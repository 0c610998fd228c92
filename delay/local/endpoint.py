"""The local endpoint of a command: its URL, the option or variable with the URL, and how to start it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from delay.errors import InvalidRequest
from delay.text.url import parse_url

LOCAL_URL: Final = "http://127.0.0.1:8083"
"""The URL of `delay local` on its default port."""

TEMPLATE_NAME: Final = "DelayStateMachine"
"""The name that `delay local` gives the state machine of template.yaml."""

OPTION: Final = "--endpoint-url"
_IGNORED: Final = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"


@dataclass(frozen=True, slots=True)
class LocalService:
    """An endpoint that `delay local` opens."""

    url: str
    """The URL by default."""
    port_option: str
    """The option of `delay local` for another port."""
    variables: tuple[str, ...]
    """The variables that AWS's SDKs read, in their order."""
    start_options: str = ""
    """The options without which `delay local` does not open it."""


STEP_FUNCTIONS: Final = LocalService(LOCAL_URL, "--port", ("AWS_ENDPOINT_URL_SFN", "AWS_ENDPOINT_URL"))
TABLE: Final = LocalService(
    "http://127.0.0.1:8085",
    "--aws-port",
    ("AWS_ENDPOINT_URL_DYNAMODB",),
    " --parameter-overrides TaskStore=both",
)
"""DynamoDB and SQS. AWS_ENDPOINT_URL is usually that of Step Functions, whose endpoint has no tables."""


@dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """A URL, and the option or the variable that names it; None for the default."""

    url: str
    origin: str | None = None
    service: LocalService = STEP_FUNCTIONS

    @classmethod
    def find(
        cls,
        given: str | None,
        environment: Mapping[str, str] = os.environ,
        service: LocalService = STEP_FUNCTIONS,
    ) -> Self:
        """Return the endpoint that the option names, or else a variable, or else that of `delay local`.

        Raises:
            InvalidRequest: the variable has no URL.

        """
        if given:
            return cls(given, OPTION, service)
        for variable in () if environment.get(_IGNORED, "").lower() == "true" else service.variables:
            if value := environment.get(variable):
                return cls(_parse(value, variable), variable, service)
        return cls(service.url, None, service)

    @property
    def option(self) -> str:
        """The option with which a command reaches it, after a blank; nothing if it does without."""
        return "" if self.url == self.service.url else f" {OPTION} {self.url}"

    def explain_silence(self, reason: object = None) -> str:
        """Return the message for an endpoint that does not answer: its setting, and how to start it."""
        named = f", the value of {self.origin}" if self.origin else ""
        because = f" ({reason})" if reason else ""
        return (
            f"Nothing answers at {self.url}{named}{because}: start it with `{self._start_command}`, "
            f"or {self._explain_choice()}."
        )

    def _explain_choice(self) -> str:
        if self.origin in self.service.variables:
            return f"change {self.origin}"
        return f"name another endpoint with {OPTION} or {self.service.variables[0]}"

    @property
    def _start_command(self) -> str:
        parts, usual = urlsplit(self.url), urlsplit(self.service.url)
        host = "" if parts.hostname in (usual.hostname, "localhost") else f" --host {parts.hostname}"
        port = "" if parts.port == usual.port else f" {self.service.port_option} {parts.port or 80}"
        return f"delay local{host}{port}{self.service.start_options}"


def _parse(value: str, variable: str) -> str:
    try:
        return parse_url(value)
    except ValueError as error:
        raise InvalidRequest(f"{variable}: {error}") from error
