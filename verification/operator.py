"""A user with the rights of a stack's two policies, and a right that only ministack has."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_iam.client import IAMClient

_BATCH: Final = "sqs:ChangeMessageVisibilityBatch"
"""Not an action of IAM. On AWS sqs:ChangeMessageVisibility covers it; ministack requires it by name.

Source: "AddPermission" in the Amazon SQS API Reference.
"""


_POLICY_NAME: Final = "Batches"


class Operator:
    """An IAM user with an access key."""

    def __init__(self, name: str, iam: "IAMClient") -> None:
        self._name = name
        self._iam = iam
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self._key = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    @property
    def credentials(self) -> Mapping[str, str]:
        """The access key, as environment variables."""
        return self._key

    def attach_policy(self, policy_arn: str) -> None:
        """Attach a policy to the user."""
        self._iam.attach_user_policy(UserName=self._name, PolicyArn=policy_arn)

    def allow_visibility_batches(self, queue_arn: str) -> None:
        """Allow ChangeMessageVisibilityBatch by name, which on AWS another right covers."""
        self._iam.put_user_policy(
            UserName=self._name, PolicyName=_POLICY_NAME, PolicyDocument=_write_policy(queue_arn)
        )


@contextmanager
def visibility_batches(role_name: str, queue_arn: str, iam: "IAMClient") -> Iterator[None]:
    """Allow a role the same while the context lasts."""
    iam.put_role_policy(RoleName=role_name, PolicyName=_POLICY_NAME, PolicyDocument=_write_policy(queue_arn))
    yield
    iam.delete_role_policy(RoleName=role_name, PolicyName=_POLICY_NAME)


def _write_policy(queue_arn: str) -> str:
    statement = {"Effect": "Allow", "Action": _BATCH, "Resource": queue_arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
