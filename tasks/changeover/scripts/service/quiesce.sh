# Stops the app and keeps it down, so that nobody has the database open.
# Given: app, database, label, programs, quiesced.
# who else has the database open would go on writing: find out before anything is stopped
found=$(outsiders)
[ -z "$found" ] || fail "$database is open in other processes:$found; stop them and run this again"
date -u +%Y-%m-%dT%H:%M:%SZ | install_file "$quiesced" 0644 root:root
stop_processes
# also what it has left outside of its engine: nobody but the app works as this user
"$programs/units" stop --user "$app"
found=$(writers)
[ -z "$found" ] || fail "$database is still open after $label has stopped: ${found//$'\n'/, }; stop them and run this again"
