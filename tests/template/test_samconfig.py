"""What samconfig.toml promises, read as data."""

import re
from pathlib import Path
from typing import Any

import pytest

Config = dict[str, Any]

ENVIRONMENTS = ["default", "dev", "prod"]


def overrides(samconfig: Config, environment: str) -> dict[str, str]:
    text = samconfig[environment]["deploy"]["parameters"]["parameter_overrides"]
    return dict(pair.split("=", 1) for pair in text.split())


def test_environments_are_stacks_of_their_own(samconfig: Config) -> None:
    """Each environment names its stack, so none is deployed over another."""
    names = [samconfig[environment]["global"]["parameters"]["stack_name"] for environment in ENVIRONMENTS]
    assert len(set(names)) == len(ENVIRONMENTS)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environment_lints_and_can_be_deployed(samconfig: Config, environment: str) -> None:
    """`sam validate` lints, and `sam deploy` needs no further option."""
    assert samconfig[environment]["validate"]["parameters"]["lint"] is True
    deploy = samconfig[environment]["deploy"]["parameters"]
    assert (deploy["capabilities"], deploy["resolve_s3"]) == ("CAPABILITY_IAM", True)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_overrides_are_allowed_values_of_parameters(
    samconfig: Config, template: dict[str, Any], environment: str
) -> None:
    """A deployment never fails for a misspelt parameter."""
    for name, value in overrides(samconfig, environment).items():
        assert value in map(str, template["Parameters"][name]["AllowedValues"])


def test_production_is_built_from_scratch_and_asks_before_it_changes(samconfig: Config) -> None:
    """Nothing left over from an earlier build reaches production, and a person sees the change set."""
    assert samconfig["prod"]["build"]["parameters"]["cached"] is False
    assert samconfig["prod"]["deploy"]["parameters"]["confirm_changeset"] is True


def test_no_account_is_named(root: Path) -> None:
    """Account and Region come from the profile of whoever deploys."""
    text = root.joinpath("samconfig.toml").read_text()
    assert re.search(r"\d{12}|region|profile", re.sub(r"#.*", "", text)) is None


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_packages_are_those_of_the_processor_that_they_run_on(samconfig: Config, environment: str) -> None:
    """What sam deploy is told of the processor, sam build is told, too."""
    built = samconfig[environment]["build"]["parameters"].get("parameter_overrides", "")
    architecture = overrides(samconfig, environment).get("Architecture")
    assert built == (f"Architecture={architecture}" if architecture else "")


def test_production_changes_little_by_little(samconfig: Config) -> None:
    """And takes the cheaper processor."""
    chosen = overrides(samconfig, "prod")
    assert (chosen["Release"], chosen["Architecture"]) == ("Canary10Percent10Minutes", "arm64")
