environment=$candidate; [ -f "$environment" ] || environment=$env_file
where=(--environment "$environment" --key "$key" --user "$app")
[ -z "$database" ] || where=(--sqlite "$database" --user "$app" --within "$shared")
"$programs/expect" data "${where[@]}" --app "$app" --folder "$release_path" --environment "$environment" --shared "$shared" <<< "$asked"
