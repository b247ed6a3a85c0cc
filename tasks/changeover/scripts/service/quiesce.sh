# who else has the database open would go on writing: find out before anything is stopped
found=$(outsiders)
[ -z "$found" ] || fail "$database is open in other processes:$found; stop them and run this again"
date -u +%Y-%m-%dT%H:%M:%SZ | install_file "$quiesced" 0644 root:root
# also what it has left outside of its unit: nobody but the app works as this user
"$programs/units" stop --user "$app" "$socket_unit" "$unit"
found=$(writers)
[ -z "$found" ] || fail "$database is still open after $unit has stopped: ${found//$'\n'/, }; stop them and run this again"
