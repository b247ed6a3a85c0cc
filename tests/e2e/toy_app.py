"""Hello, run by an engine that Changeover does not know (``tests/toys/pidfile.py``)."""

from changeover.settings.app import App
from tests.toys.pidfile import PidFile

app = App(name="hello", service=PidFile(command="/usr/bin/python3 app.py"))
