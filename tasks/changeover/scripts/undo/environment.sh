# Undoes a change of the database's password.
# Given: app, env_file.
# The role has the password of the new URL: it gets that of the URL in force again, if it is ours. A URL in
# force that never led to it, which may be why there is a new one, holds up no undo.
[ -f "$env_file" ] || exit 0
for _ in {1..10}; do
    if told=$(database wanting --app "$app"); then
        case $told in *'"wanting": ["password"]'*) database provision --app "$app" > /dev/null ;; esac
        exit 0
    fi
    sleep 3 # the server may be about to come back
done
