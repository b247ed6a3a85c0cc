key=$configuration/deploy_key hosts=$configuration/known_hosts
ssh="ssh -o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=10"
[ ! -f "$key" ] || ssh="$ssh -o IdentitiesOnly=yes -i $key"
# without a key, an agent that is forwarded to us: its socket is lent to the user for the fetch alone
agent=${SSH_AUTH_SOCK:-}
take_back() { chmod 0600 "$agent"; chmod 0700 "$(dirname "$agent")"; }
lend() {
    [ ! -f "$key" ] && [ -S "$agent" ] && [[ $agent == /tmp/ssh-*/agent.* ]] || return 0
    trap take_back EXIT
    chgrp "$deploy_user" "$(dirname "$agent")" "$agent"
    chmod 0710 "$(dirname "$agent")"; chmod 0660 "$agent"
}
[ ! -s "$hosts" ] || ssh="$ssh -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$hosts -o GlobalKnownHostsFile=/dev/null"
git() { as "$deploy_user" env GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND="$ssh" git -c gc.auto=0 "$@"; }

if [ ! -d "$mirror" ]; then
    git init -q --bare "$root/.repository.new"
    mv -T "$root/.repository.new" "$mirror"
fi
# only one script works at a time, so a lock is a dead run's
as "$deploy_user" find "$mirror" -name '*.lock' -type f -delete
has_commit() { git -C "$mirror" cat-file -e "$commit^{commit}" 2> /dev/null; }
if ! has_commit; then
    lend
    git -C "$mirror" fetch -q --prune --force "$repository" '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' \
        || fail "cannot fetch from $repository"
    has_commit || git -C "$mirror" fetch -q "$repository" "$commit" || fail "$repository has no commit $commit"
    [ -z "$(trap -p EXIT)" ] || { take_back; trap - EXIT; }
fi
# an earlier run's script may have ended meanwhile
[ ! -d "$releases/$release" ] || exit 0
new=$releases/.$release.new
rm -rf "$new"
as "$deploy_user" mkdir -p "$new/.changeover"
git -C "$mirror" archive "$commit${directory:+:$directory}" | as "$deploy_user" tar -x -C "$new"
as "$deploy_user" bash -c 'set -euo pipefail; cd "$1"; printf "%s\n" "$2" > REVISION; cd .changeover
    printf "%s\n" "$3" > release.json; [ -z "$4" ] || printf "%s\n" "$4" > migrations.json
    du -sk .. | cut -f 1 > kilobytes' write "$new" "$commit" "$about" "$migrations"
make_shared
make_links "$new"
sync -f "$new"
mv -T "$new" "$releases/$release"
sync "$releases"
