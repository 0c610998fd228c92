"""A running console, and the shell for its endpoint."""

import json
import re
from dataclasses import dataclass
from typing import Self

from tests.acceptance.command import Ended, run


@dataclass(frozen=True)
class Site:
    """The addresses of an endpoint and of its console."""

    endpoint: str
    url: str

    @classmethod
    def of(cls, endpoint: str, printed: str) -> Self:
        """Return the site that `delay local` has printed."""
        (url,) = re.findall(r"^Console +(http://\S+)$", printed, re.MULTILINE)
        return cls(endpoint, url)

    def run(self, *command: str) -> Ended:
        """Run `delay` for the endpoint."""
        ended = run("delay", *command, "--endpoint-url", self.endpoint)
        assert ended.code == 0, ended.err
        return ended

    def schedule(self, key: str, delay: str, **payload: object) -> None:
        """Schedule a task in the shell."""
        self.run("schedule", json.dumps(payload), "--in", delay, "--key", key, "--local")
