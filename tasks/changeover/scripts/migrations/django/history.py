# may_differ is set before it
import io, json, os, sys
from django.core.management import CommandError, call_command
from django.db.migrations.loader import MigrationLoader

REFUSED = 4  # what is said needs no other words


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


def is_own(label):
    """Tell whether an app's migrations lie in the commit: those of packages are not the app's to mend."""
    package = sys.modules.get(loader.migrations_module(label)[0] or "")
    folders = [os.path.realpath(path) + os.sep for path in getattr(package, "__path__", ())]
    here, packages = (os.path.realpath(path) + os.sep for path in (".", sys.prefix))
    return any(path.startswith(here) and not path.startswith(packages) for path in folders)


def all_here():
    """Tell whether all code that was loaded is the commit's, or of its packages."""
    places = (".", sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__))
    known = tuple(os.path.realpath(path) + os.sep for path in places)
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return all(os.path.realpath(file).startswith(known) for file in files if isinstance(file, str))


def difference(labels):
    """Return what makemigrations would make, in its words."""
    said = io.StringIO()
    try:
        call_command(
            "makemigrations",
            *labels,
            "--check",
            "--dry-run",
            "--no-input",
            stdout=said,
            stderr=said,
        )
    except SystemExit:
        return said.getvalue()
    return ""


def refuse(*lines):
    print(*lines, sep="\n", file=sys.stderr)
    sys.exit(REFUSED)


MigrationLoader.check_consistent_history = lambda *_: None  # it would ask the database
loader = MigrationLoader(None)
own = sorted(filter(is_own, loader.migrated_apps))
try:
    different = difference(own) if own else ""
except CommandError as error:
    refuse(error)
says = ""
if different:
    differ = f"{different.rstrip()}\nthe models of {', '.join(own)} differ from the commit's migrations, as said above"
    if not may_differ:
        refuse(
            f"{differ}: run makemigrations, commit what it makes, and release that. Where the app shall be"
            " released as it is: Django(models_may_differ=True) in the deploy file"
        )
    says = f"{differ}; the deploy file allows it\n"
plan = [key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf)]
steps = []
for key in dict.fromkeys(plan):
    migration = loader.graph.nodes[key]
    replaced = [tuple(one) for one in migration.replaces]
    steps += [
        step(one, loader.disk_migrations[one]) for one in replaced if one in loader.disk_migrations
    ]
    steps.append(step(key, migration))
print("\n@@history", json.dumps({"steps": steps, "here": all_here(), "says": says}))
