"""boto3 clients that read no configuration: neither AWS's files nor AWS's environment variables.

A local endpoint needs neither credentials nor a profile, so an unknown AWS_PROFILE or an unreadable
configuration must not keep a client from it.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from delay.aws.error import AWS_ERRORS, translate_error

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.session import Session


def create_unconfigured_client(service: Any, region: str, **options: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    """Create a client whose settings are the options and botocore's own defaults.

    Raises:
        ServiceError: the Region has no form that one can have.

    """
    session = _create_session()
    session.register_component("data_loader", _share_loader())
    try:
        return session.create_client(service, region, **options)
    except AWS_ERRORS as error:
        raise translate_error(error, f"A client for {service}", service) from error


def _create_session() -> "Session":
    from botocore.session import Session  # noqa: PLC0415 - slow, and needed only for the first client

    variables = {
        name: (None, None, default, conversion)
        for name, (_, _, default, conversion) in Session.SESSION_VARIABLES.items()
    }
    unreadable = dict.fromkeys(("config_file", "credentials_file"), (None, None, None, None))
    return Session(variables | unreadable)


@cache
def _share_loader() -> "Loader":
    """Return the loader of the models of services for all clients: loading takes most of a client's time."""
    loader: Loader = _create_session().get_component("data_loader")
    return loader
