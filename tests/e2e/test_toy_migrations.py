"""A migration engine that nobody here knows takes an app through its life: forward, and back."""

from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import load, releases
from tests.e2e.releases import DOMAIN, ROOT, Run

pytestmark = pytest.mark.lab

APP = "playmaker"
SCHEMA = """
import sqlite3
def schema():
    connection = sqlite3.connect(os.environ["DATABASE_URL"].removeprefix("sqlite:///"))
    ((found,),) = connection.execute("SELECT max(id) FROM toy_steps WHERE done = 1")
    return found
"""
USERS = "# Users\n+ CREATE TABLE users (name text)\n- DROP TABLE users\n"
NOTES = "# Notes\n+ CREATE TABLE notes (word text)\n- DROP TABLE notes\n"


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host on which the app is provisioned; the repository has its commits."""
    hello = (ROOT / "tests/apps/hello/v2/app.py").read_text()
    code = hello.replace('"schema": None', '"schema": schema()')
    code = code.replace("TEXT = f", f"{SCHEMA}\nTEXT = f", 1)
    first: dict[str, str | None] = {"app.py": code, "steps/001_users.step": USERS}
    lab.origin.push(APP, first, "toy-1", branch="toy-1", base="v1")
    for name, file, text, base in (
        ("toy-2", "002_notes", NOTES, "toy-1"),
        ("toy-edited", "001_users", USERS.replace("name", "nick"), "toy-2"),
    ):
        lab.origin.push(APP, {f"steps/{file}.step": text}, name, branch=name, base=base)
    yield lab.up("toy", groups=[APP], layer=releases.layer(lab, "provisioned"))
    lab.down("toy")


def release(lab: Lab, ref: str) -> Run:
    settings = {"playmaker_ref": ref, "playmaker_domain": DOMAIN}
    return releases.pyinfra(lab, "../tests/e2e/toy_steps_deploy", "--limit", "toy", **settings)


def back(lab: Lab, way: str) -> Run:
    settings = {"variant": "toy_steps", "rollback": way, "playmaker_domain": DOMAIN}
    return releases.pyinfra(lab, "../tests/e2e/variant_rollback", "--limit", "toy", **settings)


def test_its_life(lab: Lab, host: LabHost) -> None:
    first = release(lab, "toy-1")
    assert first.status == 0, first.output
    assert load.serves(host) == (load.commit(lab, "toy-1"), "001_users")

    second = release(lab, "toy-2")
    assert second.status == 0, second.output
    assert "rehearsal: 002_notes: took" in second.output
    assert load.serves(host) == (load.commit(lab, "toy-2"), "002_notes")

    again = release(lab, "toy-2")
    assert (again.status, again.steps(host.name)) == (0, []), again.output

    edited = release(lab, "toy-edited")
    assert edited.status == 1
    assert "001_users is edited: it was applied, and says something else since" in edited.output
    assert load.serves(host) == (load.commit(lab, "toy-2"), "002_notes")

    gone = back(lab, "downgrade")
    assert gone.status == 0, gone.output
    assert load.serves(host) == (load.commit(lab, "toy-1"), "001_users")
