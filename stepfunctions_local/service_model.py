"""AWS's own models of its services, as botocore carries them: operations, shapes, limits, errors.

A model is read when it is first asked for, and once.
"""

from functools import cache

from botocore.loaders import Loader
from botocore.model import ServiceModel


@cache
def service_model(name: str) -> ServiceModel:
    """Load the model of a service, which has botocore's name for it, such as `stepfunctions`."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)
