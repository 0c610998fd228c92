"""AWS's own models of its services, from botocore: operations, shapes, limits and errors."""

from functools import cache

from botocore.loaders import Loader
from botocore.model import ServiceModel


@cache
def service_model(name: str) -> ServiceModel:
    """Return the model of a service by botocore's name, such as `stepfunctions`. It is loaded once."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)
