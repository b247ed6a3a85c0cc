# Functions that say how the repository is reached: by key, agent or login.
# Given: app, fetch_user, has_login, mirror, repository.
# Set before: lent (by lend_login).
# how the repository is reached: sets "ssh" and the array "walls" of a fetch; take_back ends what is lent
agent='' login=''
take_back() { [ -z "$agent" ] || chmod 0600 "$agent"; [ -z "$login" ] || rm -f "$login"; }
way() { # TASK KEY HOSTS
    local one key=$2 hosts=$3
    ssh="ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=10"
    walls=(fetch --app "$app" --task "$1" --folder "$mirror" --write "$mirror" --network)
    if [ -f "$key" ]; then
        # the fetch alone can read it, and only while it runs
        walls+=(--credential "deploy_key:$key")
        ssh="$ssh -o IdentitiesOnly=yes -i \"\$CREDENTIALS_DIRECTORY/deploy_key\""
    elif [ -S "${SSH_AUTH_SOCK:-}" ] && [[ $SSH_AUTH_SOCK == /tmp/ssh-*/agent.* ]]; then
        # an agent that is forwarded to us: its socket, and not the folder above it, is lent for the fetch
        agent=$SSH_AUTH_SOCK
        trap take_back EXIT
        chgrp "$fetch_user" "$agent"; chmod 0660 "$agent"
        walls+=(--read "$agent:/run/agent" --set SSH_AUTH_SOCK=/run/agent)
    fi
    if [ -n "$has_login" ]; then
        # it comes on standard input
        login=$(mktemp /run/changeover-login.XXXXXXXX); trap take_back EXIT
        cat > "$login"
        lend_login "$repository"
        walls+=(--credential "login:$login")
        for one in "${lent[@]}"; do walls+=(--set "$one"); done
    fi
    if [ -s "$hosts" ]; then
        walls+=(--credential "known_hosts:$hosts")
        ssh="$ssh -o StrictHostKeyChecking=yes -o UserKnownHostsFile=\"\$CREDENTIALS_DIRECTORY/known_hosts\" -o GlobalKnownHostsFile=/dev/null"
    fi
}
