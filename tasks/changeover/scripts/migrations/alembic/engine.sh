# What a migration engine does (plans/migrations/protocol.py), by Alembic.
# Given: config, hints, release_path, scripts, tell_program, upgrade_program.
# its programs run in the release's own Python, and see what the release sees
require_engine() { [ -x "$release_path/.venv/bin/python" ] || fail "$release_path has no Python environment"; }
tell_history() { run "$release_path/.venv/bin/python" -c "$tell_program" "$config" "$scripts" "${hints[@]}"; }
upgrade_all() { run "$release_path/.venv/bin/python" -c "$(marked "$1" "$upgrade_program")" "$config" "${@:2}"; }
downgrade() { run "$release_path/.venv/bin/alembic" -c "$config" downgrade "$1"; }
