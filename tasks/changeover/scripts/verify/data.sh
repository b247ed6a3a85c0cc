# Runs the checks and looks at the expected data, before the release serves.
# Given: app, asked, candidate, env_file, programs, release_path, shared, where.
environment=$candidate; [ -f "$environment" ] || environment=$env_file
"$programs/expect" data "${where[@]}" --app "$app" --folder "$release_path" --environment "$environment" --shared "$shared" <<< "$asked"
