# What a migration engine does (plans/migrations/protocol.py), by Django.
# Given: manage, release_path, settings, tell_program, upgrade_program.
require_engine() { [ -x "$release_path/.venv/bin/python" ] || fail "$release_path has no Python environment"; }
django() { run env ${settings:+"DJANGO_SETTINGS_MODULE=$settings"} "$release_path/.venv/bin/python" "$manage" "$@"; }
# as the app, in its environment, as its settings may need that; no database is asked, none can be written
tell_history() { django shell -c "$tell_program"; }
upgrade_all() { django shell -c "$(marked "$1" "$upgrade_program")"; }
downgrade() { django migrate "${1%%.*}" "${1#*.}" --no-input -v 1; }
