"""Go back with hello and its workers, as deploys/rollback.py does with apps."""

from changeover import rollback
from tests.e2e.processes_app import app

rollback.look(app)
rollback.back(app)
