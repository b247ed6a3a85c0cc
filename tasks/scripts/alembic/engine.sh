# its programs run in the release's own Python, and see what the release sees
tell_history() { run "$release_path/.venv/bin/python" -c "$tell_program" "$config" "$scripts" "${hints[@]}"; }
upgrade_all() { run "$release_path/.venv/bin/python" -c "$(marked "$upgrade_program")" "$config" "${steps[@]}"; }
downgrade() { run "$release_path/.venv/bin/alembic" -c "$config" downgrade "$1"; }
