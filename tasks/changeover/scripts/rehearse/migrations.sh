# Rehearses the pending migrations on a copy of the data.
# Given: asked, candidate, env_file, how, migration_tables, programs.
environment=$candidate; [ -f "$environment" ] || environment=$env_file
CHANGEOVER_MIGRATIONS=$migration_tables "$programs/rehearse" run --environment "$environment" "${how[@]}" <<< "$asked"
