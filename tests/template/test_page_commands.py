"""The commands on the pages: they parse, and programs, options and names of the template exist."""

import re
import subprocess
from functools import cache
from typing import Any

import click
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from delay.cli.main import LazyCommand, delay
from stepfunctions_local.commands import lambda_local, stepfunctions_local
from tests.template.conftest import Template
from tests.template.pages import PAGES, ROOT, get_path, read_blocks, read_commands, read_shell

GLOBAL_OPTIONS = {"--cli-input-json", "--cli-read-timeout", "--endpoint-url", "--output", "--query"}
"""Options of each command of the AWS CLI, version 1 and 2. `--cli-binary-format` is version 2's alone."""
STAYING = (
    r"(?:\.venv/bin/)?(?:delay local|lambda-local|stepfunctions-local|sam local start-lambda|docker run)\b"
)
NO_COMMANDS = {"--help", "--version", "COMMAND"}
GROUPS = [["clock"]]
CURRENT = [page for page in PAGES if page.name != "CHANGELOG.md"]
"""The pages about the present commands."""
RENAMED = {"--task-output": "--output"}
"""Options that the AWS CLI calls otherwise, because it has one of that name itself."""


def load_commands(group: click.Group, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], click.Command]:
    """Return the commands below a group by their names."""
    found: dict[tuple[str, ...], click.Command] = {}
    for called, command in group.commands.items():
        loaded = command.load() if isinstance(command, LazyCommand) else command
        if isinstance(loaded, click.Group):
            found |= load_commands(loaded, (*path, called))
        else:
            found[(*path, called)] = loaded
    return found


@pytest.fixture(scope="module")
def commands() -> dict[tuple[str, ...], click.Command]:
    return load_commands(delay)


def find_option_fault(words: list[str], commands: dict[tuple[str, ...], click.Command]) -> str | None:
    """Return a fault of the arguments of `delay`, or None."""
    paths = [path for path in commands if tuple(words[: len(path)]) == path]
    if not paths:
        return None if words in GROUPS else f"{words}: no such command"
    command = commands[paths[0]]
    try:
        command.make_parser(click.Context(command)).parse_args(words[len(paths[0]) :])
    except click.NoSuchOption as error:
        return f"{words}: {error}"
    except click.BadOptionUsage:
        return None  # a sentence names an option without its value
    return None


@cache
def load_model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"))


def list_options(command: click.Command) -> set[str]:
    """Return the long options of a command, without those that name the endpoint of a service."""
    options = {option for parameter in command.params for option in parameter.opts}
    return {option for option in options if option[:2] == "--" and not option.endswith("-endpoint")}


def list_inputs(service: str, operation: str) -> set[str]:
    """Return the options that an operation's parameters make."""
    model = load_model(service)
    names = {xform_name(called, "-"): called for called in model.operation_names}
    shape = model.operation_model(names[operation]).input_shape
    members: dict[str, Any] = shape.members if shape else {}
    options = {f"--{xform_name(member, '-')}" for member in members}
    return options | {f"--no-{option[2:]}" for option in options}


def list_unknown_options(words: list[str]) -> set[str]:
    """Return the options of a call of the AWS CLI that its operation does not have."""
    service, operation, *rest = words
    if operation == "wait":
        return set()  # its options are those of the operation that it repeats
    given = {RENAMED.get(word, word) for word in rest if word.startswith("--")}
    return given - list_inputs(service, operation) - GLOBAL_OPTIONS


def test_shell_on_the_pages_parses() -> None:
    """Bash reads it without running it. The message has the line of the shell of all pages."""
    shell = "\n".join(read_shell(page) for page in PAGES)
    checked = subprocess.run(["bash", "-n"], input=shell, text=True, capture_output=True, check=False)  # noqa: S607 - whichever a person has
    assert checked.stderr == ""


def test_program_that_stays_ends_its_block() -> None:
    """Pasted as it stands, nothing after it would run."""
    blocks = [block.text for page in CURRENT for block in read_blocks(page) if block.language == "sh"]
    lines = [text.replace("\\\n", "").rstrip().splitlines() for text in blocks]
    assert [line for block in lines for line in block[:-1] if re.match(STAYING, line)] == []


def test_variables_of_the_shell_have_a_value() -> None:
    """An earlier line of the page sets each, or the shell does."""
    for page in CURRENT:
        shell = re.sub(r"\bsed ('.*?'|\".*?\")", "", read_shell(page))
        for found in re.finditer(r"(?<!\w)\$\{?([A-Za-z]\w+)", shell):
            is_set = re.search(rf"\b{found[1]}=|for {found[1]} in", shell[: found.end()])
            assert is_set or found[1] in {"HOME", "PATH", "PWD"}, (get_path(page), found[0])


def test_commands_of_delay_have_the_options_of_the_pages(
    commands: dict[tuple[str, ...], click.Command],
) -> None:
    """An option that was renamed would end the reader's first try."""
    called = [words for page in CURRENT for words in read_commands(page, "delay")]
    assert len(called) > 80
    assert [
        fault
        for words in called
        if words[0] not in NO_COMMANDS and (fault := find_option_fault(words, commands))
    ] == []


def test_options_of_delay_are_on_a_page(commands: dict[tuple[str, ...], click.Command]) -> None:
    """`--help` has them all, and a page says when to use one. Endpoints are there by their variables."""
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    options = set().union(*map(list_options, commands.values()))
    assert options - set(re.findall(r"--[a-z][a-z-]+", pages)) == set()


def test_operations_of_aws_have_the_options_of_the_pages() -> None:
    """They are those of botocore's models."""
    called = [words for page in CURRENT for words in read_commands(page, "aws") if len(words) > 1]
    assert len(called) > 40
    assert {" ".join(words[:2]): found for words in called if (found := list_unknown_options(words))} == {}


def test_targets_of_make_exist() -> None:
    """A page names no target that the Makefile lacks."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    words = {word for page in CURRENT for called in read_commands(page, "make") for word in called}
    assert {word for word in words if "=" not in word} - targets == set()


def test_commands_name_parameters_outputs_and_resources_of_the_template(template: Template) -> None:
    """CloudFormation refuses an unknown parameter, and finds no unknown output or resource."""
    shell = "\n".join(read_shell(page) for page in PAGES)
    overrides = " ".join(re.findall(r"--parameter-overrides\s+(\"[^\"]*\"|\S+)", shell))
    assert set(re.findall(r"(\w+)=", overrides)) - set(template["Parameters"]) == set()
    assert set(re.findall(r"OutputKey=='(\w+)'", shell)) - set(template["Outputs"]) == set()
    named = re.findall(r"(?:--logical-resource-id|sam logs .*--name|id_of) (\w+)", shell)
    assert set(named) - set(template["Resources"]) == set()


def test_table_of_options_has_those_of_the_local_endpoints(
    commands: dict[tuple[str, ...], click.Command],
) -> None:
    """A cell is empty if its command lacks the option. Those of other services share a row."""
    page = (ROOT / "docs/reference/local-options.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| \[?`(--[\w-]+)`[^|]*\|[^|]*\|[^|]*\| ([^|]*)\| ([^|]*)\| ([^|]*)\|$", page, re.MULTILINE
    )
    for number, command in enumerate((commands[("local",)], stepfunctions_local, lambda_local), start=1):
        listed = {row[0] for row in rows if row[number].strip() == "yes" and not row[0].endswith("-endpoint")}
        assert listed == list_options(command) - {"--version"}, command.name
