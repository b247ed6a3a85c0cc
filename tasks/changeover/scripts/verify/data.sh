environment=$candidate; [ -f "$environment" ] || environment=$env_file
"$programs/expect" data "${where[@]}" --app "$app" --folder "$release_path" --environment "$environment" --shared "$shared" <<< "$asked"
