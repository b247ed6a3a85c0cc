# without env.py, so that no database is needed
tell_history() { run "$release_path/.venv/bin/python" -c "$(read_scripts)" "$config"; }
upgrade() { run "$release_path/.venv/bin/alembic" -c "$config" upgrade "$1"; }
downgrade() { run "$release_path/.venv/bin/alembic" -c "$config" downgrade "$1"; }
read_scripts() { cat <<'PYTHON'
import json, sys
from alembic.config import Config
from alembic.script import ScriptDirectory
scripts = ScriptDirectory.from_config(Config(sys.argv[1]))
heads = scripts.get_heads()
if len(heads) > 1:
    sys.exit("alembic: more than one head: " + ", ".join(heads) + "; merge them (alembic merge heads)")
steps = [
    {"id": step.revision, "after": list(step._all_down_revisions), "title": (step.doc or "").strip()}
    for step in scripts.walk_revisions()
]
print("@@history", json.dumps(steps[::-1]))
PYTHON
}
