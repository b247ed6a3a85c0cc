"""Go back with an app whose migrations are the toy's, as deploys/rollback.py does with apps."""

from changeover import rollback
from tests.e2e.toy_steps_app import app

rollback.look(app)
rollback.back(app)
