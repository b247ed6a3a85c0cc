environment=$candidate; [ -f "$environment" ] || environment=$env_file
"$programs/rehearse" run --environment "$environment" "${how[@]}" <<< "$asked"
