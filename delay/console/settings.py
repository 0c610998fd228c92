"""The settings with which a console is started."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a console.

    `target` is what it shows, in a few words: "this computer", for example.
    `is_read_only`: whether it refuses every change.
    `token` is the secret that the address has; None if every program of this computer may use the console.
    `hosts` are further names that requests may be for, in lower case and without a port.
    """

    target: str
    is_read_only: bool = False
    token: str | None = None
    hosts: frozenset[str] = frozenset()
