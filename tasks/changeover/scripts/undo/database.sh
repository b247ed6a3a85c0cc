# Undoes migrations: restores the backup, or sets a new database aside.
# Given: app, manifest, new_database, programs, quiesced, release.
# nobody may write while the database is put back, whatever runs now
date -u +%Y-%m-%dT%H:%M:%SZ | install_file "$quiesced" 0644 root:root
stop_processes
# what of the app does not end holds up no restore: it has the old data, and that is moved aside
"$programs/units" stop --user "$app" --in-spite
if [ -n "$manifest" ]; then
    restore_as_it_was --unless-unchanged --manifest "$manifest" --keep-as "undone-$release" > /dev/null
    exit 0
fi
# there was none before; what the migration made is kept, but out of the way. One that never began made none
[ ! -e "$new_database" ] || set_aside "undone-$release"
