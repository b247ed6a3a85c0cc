"""Documentation that cannot drift from the code."""

import re
from pathlib import Path

from tasks.settings.reference import reference

ROOT = Path(__file__).parent.parent.parent


def test_the_settings_page_is_made_from_the_models() -> None:
    assert (ROOT / "docs/settings.md").read_text() == reference(), (
        "run: python -m tasks.settings.reference > docs/settings.md"
    )


def test_every_deploy_file_is_documented() -> None:
    page = (ROOT / "docs/deploys.md").read_text()
    missing = [p.name for p in (ROOT / "deploys").glob("*.py") if f"deploys/{p.name}" not in page]
    assert missing == []


def test_every_link_to_a_file_leads_to_one() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


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
