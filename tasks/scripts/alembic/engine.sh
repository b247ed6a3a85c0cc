# its programs run in the release's own Python, and see what the release sees
tell_history() { run "$release_path/.venv/bin/python" -c "$tell_program" "$config" "$scripts"; }
upgrade_all() { run "$release_path/.venv/bin/python" -c "$upgrade_program" "$config"; }
downgrade() { run "$release_path/.venv/bin/alembic" -c "$config" downgrade "$1"; }
