"""The endpoints of services: what the settings name, or AWS's own variables. Nothing is called otherwise.

Source: "Service-specific endpoints" in the AWS SDKs and Tools Reference Guide.
"""

from collections.abc import Mapping
from typing import Final

from stepfunctions_local.integrations.service import Service

_FOR_ALL: Final = "AWS_ENDPOINT_URL"

_OWN_SETTING_ONLY: Final = frozenset({"http", "lambda", "states"})
"""The services that AWS's variables are not read for.

Step Functions and Lambda are this endpoint and its partner: the variables are for their clients.
"""


class Endpoints:
    """The endpoint of each service.

    `named`: URLs by the names of services in a Resource, such as `sqs` or `s3`.
    `environment`: the variables of the process, with AWS's own.
    """

    def __init__(self, named: Mapping[str, str], environment: Mapping[str, str]) -> None:
        self._named = named
        self._environment = environment

    def find(self, service: Service, own_url: str | None) -> str | None:
        """Return the URL of a service, or None if nothing names one.

        `own_url` is this endpoint's own URL. A variable for all services that leads here is for clients.
        """
        named = next((self._named[key] for key in service.keys if key in self._named), None)
        if named or service.key in _OWN_SETTING_ONLY:
            return named
        if url := self._environment.get(service.variable):
            return url
        for_all = self._environment.get(_FOR_ALL)
        return None if not for_all or for_all.rstrip("/") == own_url else for_all

    def describe_missing(self, service: Service) -> str:
        """Return which setting would name the endpoint of a service."""
        if service.setting:
            return f"Set {service.setting}, or {service.option}, to the URL where the service is."
        return f"Set {service.variable}, or {_FOR_ALL} for all services, to the URL where the service is."

    def describe_setting(self, service: Service) -> str:
        """Return the name of the setting that says where a service is."""
        return service.setting or service.variable
