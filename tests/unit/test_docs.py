"""Documentation that cannot drift from the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from changeover.cli import main
from changeover.settings.reference import reference
from tests.links import anchors, find_dead

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"


def test_the_settings_page_is_made_from_the_models() -> None:
    assert (DOCS / "reference/settings.md").read_text() == reference(), (
        "run: python -m changeover.settings.reference > docs/reference/settings.md"
    )


def test_every_deploy_file_is_documented() -> None:
    page = (DOCS / "reference/deploy-files.md").read_text()
    missing = [p.name for p in (ROOT / "deploys").glob("*.py") if f"deploys/{p.name}" not in page]
    assert missing == []


def test_every_link_leads_to_a_file_and_to_a_heading_of_it() -> None:
    assert find_dead(ROOT) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "docs/how-to").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# Top\n\n[a](docs/how-to/a.md#one) [top](#top)\n")
    (tmp_path / "docs/how-to/a.md").write_text(
        "# One\n\n- [up](../../README.md)\n\n    [code](nowhere.md)\n\n"
        "- [no heading](../../README.md#two)\n    [no file](b.md) [out](../../../x) [root](/etc)\n"
    )

    page = "docs/how-to/a.md"
    dead = ["../../README.md#two", "b.md", "../../../x", "/etc"]
    assert find_dead(tmp_path) == [f"{page}: {link}" for link in dead]


def test_headings_are_called_as_they_are_linked_to() -> None:
    text = "# Packages\n\n## 8. `x`: what's so, e.g. a-b_c?\n\n    # no heading\n\n## Packages\n"

    assert anchors(text) == {"packages", "8-x-whats-so-eg-a-b_c", "packages-1"}


def test_every_page_has_a_line_in_the_index() -> None:
    index = (DOCS / "README.md").read_text()
    lines = re.findall(r"(?m)^- \[.+?\]\((\S+?\.md)\)", index)
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - {"README.md"}

    assert sorted(lines) == sorted(pages)


def test_every_phase_of_a_deploy_file_is_explained() -> None:
    page = (DOCS / "reference/phases.md").read_text()
    lines = [
        (path.name, line)
        for path in sorted((ROOT / "deploys").glob("*.py"))
        for line in re.findall(r"(?m)^(\w+\.\w+\((?:app)?\))$", path.read_text())
        if not line.startswith(("apps.", "rollback.", "undo.", "tls.agree"))
    ]
    assert lines
    assert [one for one in lines if f"`{one[1]}`" not in page] == []


def test_every_explained_phase_stands_in_a_deploy_file() -> None:
    page = (DOCS / "reference/phases.md").read_text()
    deploys = "".join(path.read_text() for path in (ROOT / "deploys").glob("*.py"))
    named = set(re.findall(r"`(\w+\.\w+\((?:app)?\))`", page))
    assert {line for line in named if line not in deploys} == set()


def test_every_command_is_documented() -> None:
    page = (DOCS / "reference/command-line.md").read_text()
    lab = main.commands["lab"]
    assert isinstance(lab, click.Group)

    assert [name for name in main.commands if f"changeover {name}" not in page] == []
    assert [name for name in lab.commands if f"| `{name}" not in page] == []
    options = [one for one in lab.commands["up"].params if isinstance(one, click.Option)]
    assert [one.opts[0] for one in options if f"`{one.opts[0]}" not in page] == []


def test_commands_in_the_docs_exist() -> None:
    lab = main.commands["lab"]
    assert isinstance(lab, click.Group)
    unknown = [
        f"{page.relative_to(ROOT)}: {words.strip()}"
        for page in pages()
        for line in re.findall(r"(?m)^ {4,}(.*)$", page.read_text())
        for words in re.findall(r"(?:^|[;&] )changeover ([a-z-]+(?: [a-z]+)?)", line)
        if not _exists(words.split(), lab)
    ]
    assert unknown == []


def _exists(words: list[str], lab: click.Group) -> bool:
    if words[0] == "lab":
        return len(words) == 1 or words[1] in lab.commands
    return words[0] in main.commands or words[0].startswith("--")


def test_code_that_the_docs_name_is_there() -> None:
    assert list(_missing_code()) == []


def _missing_code() -> Iterator[str]:
    """Yield page and path of each file of the project that is named and is not there."""
    ours = "tests/unit|tests/e2e|tests/checks|tasks|script|bench"
    below = "run|host|plans|operations|facts|scripts|settings|hardening|checks|templates"
    pattern = rf"`((?:{ours}|{below})/[\w./*-]+\.(?:py|sh))`"
    for page in pages():
        for path in re.findall(pattern, page.read_text()):
            if not any([*ROOT.glob(path), *(ROOT / "tasks/changeover").glob(path)]):
                yield f"{page.relative_to(ROOT)}: {path}"


def test_messages_that_the_docs_explain_are_said() -> None:
    output = (DOCS / "reference/output.md").read_text()
    told = [cell for row in re.findall(r"(?m)^\| (`.+?) \|", output) for cell in _quoted(row)]
    headings = [
        heading
        for page in (DOCS / "how-to").glob("*.md")
        for heading in re.findall(r'(?m)^#+ .*?"([^"]+)"', page.read_text())
    ]
    code = _said_by_the_code() + "No changes"  # which pyinfra itself says

    assert len(told) > len(headings) > 0
    assert [one for one in told + headings if not all(part in code for part in _parts(one))] == []


def test_a_message_that_nobody_says_is_found() -> None:
    code = _said_by_the_code()

    assert _parts("stopped, nothing was changed: ... did not pass") == [
        "stopped, nothing was changed",
        "did not pass",
    ]
    assert "the host has not answered for" in code
    assert "the host was not answered for" not in code


def _quoted(row: str) -> list[str]:
    return re.findall(r"`([^`]+)`", row)


def _parts(message: str) -> list[str]:
    """Return what of a message is the same each time, as far as it is more than one word."""
    parts = re.split(r"\.\.\.|<[^>]*>|\b[A-Z]{2,}\b|\b\d[\w.]*|[:;]", message)
    return [part.strip(" ,.") for part in parts if " " in part.strip(" ,.")]


def _said_by_the_code() -> str:
    """Return all code, each text of several lines as one, without what is filled in."""
    files = (path for path in (ROOT / "tasks").rglob("*") if path.suffix in (".py", ".sh"))
    text = "".join(path.read_text() for path in files)
    joined = re.sub(r'"\s*f?"', "", text)
    return re.sub(r"\s+", " ", re.sub(r"\{[^{}]*\}|\$\{?\w+\}?", "", joined))


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def test_the_tree_in_the_readme_names_every_top_folder() -> None:
    readme = (ROOT / "README.md").read_text()
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name != "secrets"
    }
    assert {name for name in folders if f"{name}/" not in readme} == set()
