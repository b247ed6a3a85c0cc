database backup --into "$backups" --name "$(date -u +%Y%m%dT%H%M%SZ)-$short" --app "$app" --release "$release" --commit "$commit" "${more[@]}" > /dev/null
