"""The promises of samconfig.toml, read as data."""

import re
from pathlib import Path
from typing import Any

import pytest

Config = dict[str, Any]

ENVIRONMENTS = ["default", "dev", "prod"]


def overrides(samconfig: Config, environment: str) -> dict[str, str]:
    text = samconfig[environment]["deploy"]["parameters"]["parameter_overrides"]
    return dict(pair.split("=", 1) for pair in text.split())


def test_environments_have_different_stacks(samconfig: Config) -> None:
    """No environment is deployed over another."""
    names = [samconfig[environment]["global"]["parameters"]["stack_name"] for environment in ENVIRONMENTS]
    assert len(set(names)) == len(ENVIRONMENTS)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environment_is_linted_and_deployable(samconfig: Config, environment: str) -> None:
    """`sam validate` lints, and `sam deploy` needs no further option."""
    assert samconfig[environment]["validate"]["parameters"]["lint"] is True
    deploy = samconfig[environment]["deploy"]["parameters"]
    assert (deploy["capabilities"], deploy["resolve_s3"]) == ("CAPABILITY_IAM", True)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_overrides_are_allowed_values_of_parameters(
    samconfig: Config, template: dict[str, Any], environment: str
) -> None:
    """No deployment fails because of a misspelt parameter."""
    for name, value in overrides(samconfig, environment).items():
        assert value in map(str, template["Parameters"][name]["AllowedValues"])


def test_production_is_built_from_scratch_and_asks_for_confirmation(samconfig: Config) -> None:
    """No remains of an earlier build reach production, and a person sees the change set."""
    assert samconfig["prod"]["build"]["parameters"]["cached"] is False
    assert samconfig["prod"]["deploy"]["parameters"]["confirm_changeset"] is True


def test_samconfig_names_no_account(root: Path) -> None:
    """Account and Region come from the AWS profile at deployment."""
    text = root.joinpath("samconfig.toml").read_text()
    assert re.search(r"\d{12}|region|profile", re.sub(r"#.*", "", text)) is None


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_build_and_deployment_have_the_same_architecture(samconfig: Config, environment: str) -> None:
    """The build downloads packages for the processor that runs them."""
    built = samconfig[environment]["build"]["parameters"].get("parameter_overrides", "")
    architecture = overrides(samconfig, environment).get("Architecture")
    assert built == (f"Architecture={architecture}" if architecture else "")


def test_production_is_released_gradually(samconfig: Config) -> None:
    """It also runs on the cheaper processor."""
    chosen = overrides(samconfig, "prod")
    assert (chosen["Release"], chosen["Architecture"]) == ("Canary10Percent10Minutes", "arm64")
