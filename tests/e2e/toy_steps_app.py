"""An app whose schema an engine migrates that is none of Changeover's, on PlayMaker's host."""

from changeover.settings.app import App, Database, Service
from tests.toys.migrations import Steps

app = App(
    name="playmaker",
    database=Database(),
    migrations=Steps(),
    service=Service(command="/usr/bin/python3 app.py"),
)
