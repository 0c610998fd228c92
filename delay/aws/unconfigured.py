"""boto3 clients that read no configuration: neither AWS's files nor AWS's environment variables.

A local endpoint needs neither credentials nor a profile, so an unknown AWS_PROFILE or an unreadable
configuration must not keep a client from it.
"""

from typing import Any

from delay.aws.error import AWS_ERRORS, translate_error


def create_unconfigured_client(service: Any, region: str, **options: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    """Create a client whose settings are the options and botocore's own defaults.

    Raises:
        ServiceError: the Region has no form that one can have.

    """
    import boto3  # noqa: PLC0415 - slow, and needed only for the first client
    from botocore.session import Session  # noqa: PLC0415 - likewise

    variables = {
        name: (None, None, default, conversion)
        for name, (_, _, default, conversion) in Session.SESSION_VARIABLES.items()
    }
    unreadable = dict.fromkeys(("config_file", "credentials_file"), (None, None, None, None))
    session = Session(variables | unreadable)
    try:
        return boto3.Session(botocore_session=session, region_name=region).client(service, **options)
    except AWS_ERRORS as error:
        raise translate_error(error, f"A client for {service}", service) from error
