"""Hello, run by an engine that Changeover does not know (``tests/toys/pidfile.py``)."""

from changeover.settings.app import App, Web
from tests.toys.pidfile import PidFile

app = App(
    name="hello",
    processes=(Web("/usr/bin/python3 app.py", listens="fd"),),
    process_engine=PidFile(),
)
