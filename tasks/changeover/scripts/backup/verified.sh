# Takes a backup of the database, and verifies it.
# Given: app, backups, commit, more, release, short.
database backup --into "$backups" --name "$(date -u +%Y%m%dT%H%M%SZ)-$short" --app "$app" --release "$release" --commit "$commit" "${more[@]}" > /dev/null
