"""Documentation that cannot drift from the code."""

import re
from pathlib import Path

from changeover.settings.reference import reference

ROOT = Path(__file__).parent.parent.parent


def test_the_settings_page_is_made_from_the_models() -> None:
    assert (ROOT / "docs/settings.md").read_text() == reference(), (
        "run: python -m changeover.settings.reference > docs/settings.md"
    )


def test_every_deploy_file_is_documented() -> None:
    page = (ROOT / "docs/deploys.md").read_text()
    missing = [p.name for p in (ROOT / "deploys").glob("*.py") if f"deploys/{p.name}" not in page]
    assert missing == []


def test_every_link_leads_to_a_file_and_to_a_heading_of_it() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("tests/**/*.md")]
    dead = [f"{page.relative_to(ROOT)}: {link}" for page in pages for link in _dead(page)]
    assert dead == []


def test_headings_are_called_as_they_are_linked_to() -> None:
    text = "# Packages\n\n## 8. `x`: what's so, e.g. a-b_c?\n\n    # no heading\n\n## Packages\n"

    assert _anchors(text) == {"packages", "8-x-whats-so-eg-a-b_c", "packages-1"}


def _dead(page: Path) -> list[str]:
    """Return each link of a page that leads to no file here, or to no heading of it."""
    found = []
    for target in re.findall(r"\]\(([^)\s:]+)\)", page.read_text()):
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        whole = file.exists() and (not anchor or anchor in _anchors(file.read_text()))
        found += [] if whole else [target]
    return found


def _anchors(text: str) -> set[str]:
    """Return how a page's headings are linked to; of the same one more than once, with a number."""
    found: dict[str, int] = {}
    anchors = set()
    for heading in re.findall(r"(?m)^#+ (.+)$", re.sub(r"(?ms)^```.*?^```$", "", text)):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        many = found[anchor] = found.get(anchor, -1) + 1
        anchors.add(f"{anchor}-{many}" if many else anchor)
    return anchors


def test_every_line_of_the_runbook_table_stands_in_the_deploy_file() -> None:
    deploy = (ROOT / "deploys/playmaker.py").read_text()
    table = (ROOT / "README.md").read_text().split("## The runbook, line by line")[1]
    lines = re.findall(r"`(\w+\.\w+\(app\))`", table.split("\n## ")[0])
    assert lines, "the README has no runbook table"
    assert [line for line in lines if line not in deploy] == []


def test_the_tree_in_the_readme_names_every_top_folder() -> None:
    readme = (ROOT / "README.md").read_text()
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name != "secrets"
    }
    assert {name for name in folders if f"{name}/" not in readme} == set()
