"""A user with the rights of a stack's policies, and no others."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_iam.client import IAMClient


class User:
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
