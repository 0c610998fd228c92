"""Renaming changes a resource's name and all references to it, and nothing else."""

from pathlib import Path
from typing import Any

import yaml

from verification.renaming import rename, rename_file

NAMES = {"Machine": "Renamed"}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Machine": {"Properties": {"CodeUri": "Machine", "Role": {"Fn::GetAtt": ["MachineRole", "Arn"]}}},
        "MachineRole": {
            "DependsOn": ["Other"],
            "Properties": {
                "A": {"Ref": "Machine"},
                "B": {"Fn::GetAtt": ["Machine", "Arn"]},
                "C": [{"Fn::Sub": "${Machine}:live"}, {"Fn::GetAtt": "Machine.Arn"}],
                "D": {"Fn::Sub": ["${Key}-${Machine.Name}", {"Key": {"Ref": "Machine"}}]},
            },
        },
    },
    "Outputs": {"MachineArn": {"Value": {"Ref": "Machine"}}},
}


def test_resource_and_references_get_the_new_name() -> None:
    """Paths, outputs and resources with a longer name keep theirs."""
    assert rename(TEMPLATE, NAMES) == {
        "Resources": {
            "Renamed": {"Properties": {"CodeUri": "Machine", "Role": {"Fn::GetAtt": ["MachineRole", "Arn"]}}},
            "MachineRole": {
                "DependsOn": ["Other"],
                "Properties": {
                    "A": {"Ref": "Renamed"},
                    "B": {"Fn::GetAtt": ["Renamed", "Arn"]},
                    "C": [{"Fn::Sub": "${Renamed}:live"}, {"Fn::GetAtt": "Renamed.Arn"}],
                    "D": {"Fn::Sub": ["${Key}-${Renamed.Name}", {"Key": {"Ref": "Renamed"}}]},
                },
            },
        },
        "Outputs": {"MachineArn": {"Value": {"Ref": "Renamed"}}},
    }


def test_renamed_template_is_written_beside_the_original(tmp_path: Path) -> None:
    """Paths to the function's code are relative to the template."""
    original = tmp_path / "rendered.yaml"
    original.write_text(yaml.safe_dump({"Resources": {"DelayStateMachine": {}}}))
    renamed = rename_file(original)
    assert renamed.parent == tmp_path
    assert yaml.safe_load(renamed.read_text()) == {"Resources": {"RenamedStateMachine": {}}}
