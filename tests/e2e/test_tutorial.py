"""The tutorial, as far as the lab goes: its own files and commands, in its order, nothing else."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from changeover.lab import Lab
from tests.blocks import Block, blocks, missing
from tests.e2e import project as projects
from tests.e2e.releases import ROOT, Run, environment

pytestmark = pytest.mark.lab

PAGE = ROOT / "docs/tutorial/first-app.md"
# what is left out: a VPS of somebody's own, and the packages of this machine
VPS = "8. "
OF_THE_MACHINE = "apt-get "
CHANGEOVER = "git+https://git.example.com/changeover.git"


@dataclass
class Terminal:
    """One terminal: a command finds the folder and the PATH that those before it have left."""

    folder: Path
    variables: dict[str, str]
    replaced: dict[str, str]
    """What the reader writes in the place of words of the page."""
    known: dict[str, str] = field(default_factory=dict)
    """What the placeholders of the page stand for."""

    def type(self, text: str) -> Run:
        """Run the lines of a block, until one fails."""
        for word, meant in (self.replaced | self.known).items():
            text = text.replace(word, meant)
        left = self.replaced["~"] + "/left"
        done = subprocess.run(
            ["bash", "-ec", f'{text}\nprintf "%s\\n" "$PWD" "$PATH" > {left}'],
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            folder, self.variables["PATH"] = Path(left).read_text().splitlines()
            self.folder = Path(folder)
        return Run(done.returncode, done.stdout)


@pytest.fixture
def terminal(lab: Lab, tmp_path: Path) -> Iterator[Terminal]:
    """Return a terminal in an empty folder, and the wheel where the page names a repository."""
    lab.down()  # as the tutorial does at its end, and its app is one of the origin's
    for name in ("home", "wheel", "work"):
        (tmp_path / name).mkdir()
    built = projects.wheel(ROOT, tmp_path / "wheel")
    variables = {key: value for key, value in environment(lab).items() if "PYTHON" not in key}
    replaced = {CHANGEOVER: built.as_uri(), "~": str(tmp_path / "home")}
    yield Terminal(tmp_path / "work", variables, replaced)
    lab.down()


def test_the_tutorial_goes_as_it_says(terminal: Terminal) -> None:
    last = Run(0, "")
    for block in _in_the_lab():
        if block.path:
            (terminal.folder / block.path).write_text(block.text)
        elif block.is_output:
            assert missing(block.text, last.output, terminal.known) == [], last.output
        else:
            last = terminal.type(_without_the_machine(block.text))
            assert (last.status != 0) == block.fails, f"{block.text}\n{last.output}"


def _in_the_lab() -> Iterator[Block]:
    found = blocks(PAGE.read_text())
    assert any(block.fails for block in found)
    return (block for block in found if not block.section.startswith(VPS))


def _without_the_machine(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(OF_THE_MACHINE))
