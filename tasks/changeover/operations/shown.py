"""What a step said, shown to whoever runs it."""

from pyinfra.api.host import Host
from pyinfra.api.util import print_host_combined_output
from pyinfra.connectors.util import CommandOutput, OutputLine

_LINES = 200


def show(host: Host, step: str, code: int, said: str) -> None:
    """Show it whole where the step did well; else the end of it, or that there is none."""
    lines, buffer = said.splitlines(), "stderr" if code else "stdout"
    if code and len(lines) > _LINES:
        left = len(lines) - _LINES
        lines = [f"[{left} lines before this left out]", *lines[left:]]
    if code and not lines:
        lines = [f"{step} ended with {code}, and said nothing"]
    print_host_combined_output(host, CommandOutput([OutputLine(buffer, line) for line in lines]))
