# without env.py, so that no database is needed
import json, os, sys

sys.path[:] = [path for path in sys.path if path]  # a folder of the release may be called alembic
from alembic.config import CommandLine
from alembic.script import ScriptDirectory
from alembic.util import CommandError


class Reader(CommandLine):
    def run_cmd(self, config, options):
        self.config = config


config, scripts = sys.argv[1:]
reader = Reader(prog="alembic")
reader.main(["-c", config, "heads"])
try:
    found = ScriptDirectory.from_config(reader.config)
except CommandError as error:
    flask = " (is it Flask-Migrate's? see docs/add-an-app.md, Migrations)"
    sys.exit(f"{config}: {error}{flask if 'script_location' in str(error) else ''}")
steps = [
    {
        "id": step.revision,
        "after": list(step._all_down_revisions),
        "title": (step.doc or "").strip(),
    }
    for step in found.walk_revisions()
]
# only what lies in the folder that the deploy file names can be known by it
inside = os.path.realpath(scripts) + os.sep
folders = [os.path.realpath(folder) + os.sep for folder in found._version_locations]
here = all(folder.startswith(inside) for folder in folders)
print("@@history", json.dumps({"steps": steps[::-1], "here": here}))
