# Installs the key and the host keys by which the host reaches the repository; the key comes on standard input.
# Given: app, configuration, known_hosts, repository.
key=$(cat)
# runs as the user that fetches
ask() { # SSH REPOSITORY
    export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND=$1
    git -c protocol.ext.allow=never ls-remote -q -- "$2" HEAD > /dev/null
}
# a key that works gives way only to one that was seen to work
by_ssh=yes; [[ ! $repository =~ ^[Hh][Tt][Tt][Pp][Ss]?:// ]] || by_ssh= # there it is for submodules alone
if [ -n "$key" ] && [ -n "$by_ssh" ] && [ -f "$configuration/deploy_key" ]; then
    umask 077
    new=$(mktemp "$configuration/deploy_key.changeover.XXXXXXXX"); trap 'rm -f "$new" "$new_hosts"' EXIT
    new_hosts=$(mktemp "$configuration/known_hosts.changeover.XXXXXXXX")
    printf '%s\n' "$key" > "$new"; printf '%s\n' "$known_hosts" > "$new_hosts"
    ssh=
    way "access-$$" "$new" "$new_hosts" # the unit of another run may not be cleared away yet
    walls+=(--seconds 60)
    walled ask "$ssh" "$repository" || fail "${app}_deploy_key: the host cannot read $repository with it (${app}_known_hosts pins the server's key); the host keeps the key that it has"
    umask 022
fi
install_file "$configuration/known_hosts" 0644 root:root <<< "$known_hosts"
if [ -n "$key" ]; then
    install_file "$configuration/deploy_key" 0600 root:root <<< "$key"
else
    rm -f "$configuration/deploy_key"
fi
