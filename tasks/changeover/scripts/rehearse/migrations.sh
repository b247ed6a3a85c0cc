environment=$candidate; [ -f "$environment" ] || environment=$env_file
CHANGEOVER_MIGRATIONS=$migration_tables "$programs/rehearse" run --environment "$environment" "${how[@]}" <<< "$asked"
