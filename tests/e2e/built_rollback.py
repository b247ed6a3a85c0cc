"""Go back with a server that is built, as deploys/rollback.py does with apps."""

from changeover import rollback
from tests.e2e.built_app import app

rollback.look(app)
rollback.back(app)
