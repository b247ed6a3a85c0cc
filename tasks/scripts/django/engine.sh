django() { run env ${settings:+"DJANGO_SETTINGS_MODULE=$settings"} "$release_path/.venv/bin/python" "$manage" "$@"; }
# as the app, in its environment, as its settings may need that; no database is asked, none can be written
tell_history() { django shell -c "$(read_graph)"; }
upgrade() { django migrate "${1%%.*}" "${1#*.}" --no-input -v 1; }
downgrade() { upgrade "$1"; }
read_graph() { cat <<'PYTHON'
import io, json, sys
from django.core.management import CommandError, call_command
from django.db.migrations.loader import MigrationLoader

def told(key):
    return ".".join(key)

def reversible(operation):
    inner = getattr(operation, "database_operations", ())
    return operation.reversible and all(map(reversible, inner))

def step(key, migration):
    after = [told(one) for one in migration.dependencies if one[1][:2] != "__"]
    if key in loader.graph.node_map:
        after = [told(parent.key) for parent in loader.graph.node_map[key].parents]
    found = {"id": told(key), "after": sorted(after)}
    found["title"] = "; ".join(one.describe() for one in migration.operations)[:120]
    if migration.replaces:
        found["replaces"] = [told(tuple(one)) for one in migration.replaces]
    if not all(map(reversible, migration.operations)):
        found["reversible"] = False
    return found

MigrationLoader.check_consistent_history = lambda *_: None  # it would ask the database
said = io.StringIO()
try:
    call_command("makemigrations", "--check", "--dry-run", "--no-input", stdout=said, stderr=said)
except SystemExit:
    sys.exit(said.getvalue() + "the models differ from the migrations: run makemigrations, commit what it makes, and release that")
except CommandError as error:
    sys.exit(f"{said.getvalue()}{error}")
loader = MigrationLoader(None)
plan = [key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf)]
steps = []
for key in dict.fromkeys(plan):
    migration = loader.graph.nodes[key]
    replaced = [tuple(one) for one in migration.replaces]
    steps += [step(one, loader.disk_migrations[one]) for one in replaced if one in loader.disk_migrations]
    steps.append(step(key, migration))
print("\n@@history", json.dumps(steps))
PYTHON
}
