# Prints the commit that a ref means, and what the run has to know of its files.
# Given: app, cache, directory, final, folders, has_login, known_hosts, paths, ref, repository, texts, tree.
# Set before: lent (by lend_login).
refuse() { printf '%s\n' "$*" >&2; exit $final; } # the repository answered: asking elsewhere helps nobody
command -v git > /dev/null || fail "git is not installed"
# no lazy fetch: a partial clone would ask every repository that it ever came from
export GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1
ssh="ssh -o BatchMode=yes -o ConnectTimeout=15"
# on a host the key is lent to the fetch alone
[ -z "${CREDENTIALS_DIRECTORY:-}" ] || deploy_key=$CREDENTIALS_DIRECTORY/deploy_key
[ ! -f "$deploy_key" ] || ssh="$ssh -o IdentitiesOnly=yes -i $(printf %q "$deploy_key")"
work=$(mktemp -d /tmp/changeover.XXXXXXXX) # short, as a socket's path has to be
hang_up() { local one; for one in "$work"/ssh-*; do [ ! -S "$one" ] || ssh -q -o ControlPath="$one" -O exit repository 2> /dev/null || true; done; }
trap 'hang_up; rm -rf "$work"' EXIT
if [ -n "$known_hosts" ]; then
    printf '%s\n' "$known_hosts" > "$work/known_hosts"
    ssh="$ssh -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$work/known_hosts -o GlobalKnownHostsFile=/dev/null"
fi
if [ -n "$has_login" ]; then
    export CHANGEOVER_LOGIN=${CREDENTIALS_DIRECTORY:-}/login
    if [ -z "${CREDENTIALS_DIRECTORY:-}" ] || [ ! -f "$CHANGEOVER_LOGIN" ]; then
        CHANGEOVER_LOGIN=$work/login; cat > "$CHANGEOVER_LOGIN"
    fi
    lend_login "$repository"; export "${lent[@]}"
fi
# one connection to a server for all questions
export GIT_SSH_COMMAND="$ssh -o ControlMaster=auto -o ControlPath=$work/ssh-%C -o ControlPersist=15"
if [ ! -f "$cache/HEAD" ]; then
    mkdir -p "$cache"
    # another run may be making it at this moment
    git init -q --bare "$cache" 2> /dev/null || git -C "$cache" rev-parse --git-dir > /dev/null
fi
cd "$cache"
if [[ $ref =~ ^[0-9a-f]{40}$ ]]; then
    commit=$ref
else
    # a full name means nothing else; git itself would take a tag for any other, also where a branch is called so too
    tag=refs/tags/$ref branch=refs/heads/$ref
    case $ref in refs/tags/*) tag=$ref branch= ;; refs/heads/*) tag='' branch=$ref ;; esac
    tips=$(git ls-remote "$repository" ${tag:+"$tag" "$tag^{}"} ${branch:+"$branch"}) || fail "cannot read $repository"
    tip() { awk -v name="$1" '$2 == name {print $1}' <<< "$tips"; }
    tagged=$(tip "$tag^{}"); [ -n "$tagged" ] || tagged=$(tip "$tag")
    newest=$(tip "$branch")
    if [ -n "$tagged" ] && [ -n "$newest" ] && [ "$tagged" != "$newest" ]; then
        refuse "$ref is a tag (${tagged:0:12}) and a branch (${newest:0:12}) of $repository: say which is meant, $tag or $branch"
    fi
    commit=${tagged:-$newest}
    [ -n "$commit" ] || refuse "$ref is neither a branch nor a tag of $repository (a commit needs its full 40 characters)"
fi
# with all of its folders: a run that was killed may have left a part
has() { git rev-list --objects --no-walk --filter=blob:none "$commit" &> /dev/null; }
bring() { git -c fetch.unpackLimit=1 fetch -q --depth=1 --filter=blob:none "$repository" "$commit" 2>&1; }
if ! has; then
    # another run may be at the same cache, and a dead one may have left its lock
    for pause in 0.1 0.3 1; do
        ! bring > /dev/null || break
        sleep "$pause"
    done
fi
if ! has; then
    find . -maxdepth 1 -name shallow.lock -mmin +2 -delete
    said=$(bring) || {
        # an old server, or one by plain ssh, gives only tips by their ids: it may be behind one
        ! grep -q "unadvertised object" <<< "$said" || git fetch -q --filter=blob:none "$repository" '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' || true
    }
    has || {
        ! grep -qE "not our ref|remote ref|unadvertised object" <<< "$said" || refuse "$repository has no commit $commit"
        fail "cannot read $repository: $said"
    }
fi
git cat-file -e "$commit^{commit}" 2> /dev/null || refuse "$ref is no commit of $repository"
git show -s --format='commit %H %ct' "$commit"
[ "${#paths[@]}" != 0 ] || exit 0
links=("${folders[@]}")
for path in "${paths[@]}"; do [ -z "$path" ] || links+=("$path"); done
"${tree[@]}" look --app "$app" --repository "$repository" --commit "$commit" --directory "$directory" \
    ${known_hosts:+--pinned} --cache "$cache" "${paths[@]/#/--path=}" "${links[@]/#/--link=}" "${texts[@]/#/--text=}"
