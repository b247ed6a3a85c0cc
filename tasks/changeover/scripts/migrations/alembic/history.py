# without env.py, so that no database is needed
import json, os, sys

sys.path[:] = [path for path in sys.path if path]  # a folder of the release may be called alembic
from alembic.config import CommandLine
from alembic.script import ScriptDirectory
from alembic.util import CommandError


class Reader(CommandLine):
    def run_cmd(self, config, options):
        self.config = config


def has_link(path):
    """Tell whether a path, what it lies in, or anything below it is a symbolic link."""
    above = path
    while above:
        if os.path.islink(above):
            return True
        above = os.path.dirname(above)
    below = (os.path.join(at, name) for at, *names in os.walk(path) for name in sum(names, []))
    return any(map(os.path.islink, below))


config, scripts, *hints = sys.argv[1:]
reader = Reader(prog="alembic")
reader.main(["-c", config, "heads"])
try:
    found = ScriptDirectory.from_config(reader.config)
except CommandError as error:
    flask = " (is it Flask-Migrate's? see docs/how-to/migrations.md, Flask-Migrate)"
    sys.exit(f"{config}: {error}{flask if 'script_location' in str(error) else ''}")
steps = [
    {
        "id": step.revision,
        "after": list(step._all_down_revisions),
        "title": (step.doc or "").strip(),
    }
    for step in found.walk_revisions()
]
# only what lies in the folder that the deploy file names can be known by it, and of a link only that it is one
inside = os.path.realpath(scripts) + os.sep
folders = [os.path.realpath(folder) + os.sep for folder in found._version_locations]
here = all(folder.startswith(inside) for folder in folders)
here = here and not any(map(has_link, (config, scripts, *hints)))
print("@@history", json.dumps({"steps": steps[::-1], "here": here}))
