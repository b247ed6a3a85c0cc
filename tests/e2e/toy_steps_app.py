"""An app whose schema an engine migrates that is none of Changeover's, on PlayMaker's host."""

from changeover.settings.app import App, Database, Web
from tests.toys.migrations import Steps

app = App(
    name="playmaker",
    database=Database(),
    migrations=Steps(),
    processes=(Web("/usr/bin/python3 app.py", listens="fd"),),
)
