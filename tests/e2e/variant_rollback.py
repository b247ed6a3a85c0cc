"""Go back with a variant of an app, as deploys/rollback.py does with apps."""

from changeover import rollback
from tests.e2e.variant import app

rollback.look(app)
rollback.back(app)
