refuse() { printf '%s\n' "$*" >&2; exit $final; } # the repository answered: asking elsewhere helps nobody
command -v git > /dev/null || fail "git is not installed"
# no lazy fetch: a partial clone would ask every repository that it ever came from
export GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1
ssh="ssh -o BatchMode=yes -o ConnectTimeout=15"
# on a host the key is lent to the fetch alone
[ -z "${CREDENTIALS_DIRECTORY:-}" ] || deploy_key=$CREDENTIALS_DIRECTORY/deploy_key
[ ! -f "$deploy_key" ] || ssh="$ssh -o IdentitiesOnly=yes -i $(printf %q "$deploy_key")"
work=$(mktemp -d)
trap '[ ! -S "$work/ssh" ] || ssh -q -o ControlPath="$work/ssh" -O exit repository 2> /dev/null || true; rm -rf "$work"' EXIT
if [ -n "$known_hosts" ]; then
    printf '%s\n' "$known_hosts" > "$work/known_hosts"
    ssh="$ssh -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$work/known_hosts -o GlobalKnownHostsFile=/dev/null"
fi
# one connection for the two questions
export GIT_SSH_COMMAND="$ssh -o ControlMaster=auto -o ControlPath=$work/ssh -o ControlPersist=15"
if [ ! -f "$cache/HEAD" ]; then
    mkdir -p "$cache"
    # another run may be making it at this moment
    git init -q --bare "$cache" 2> /dev/null || git -C "$cache" rev-parse --git-dir > /dev/null
fi
cd "$cache"
if [[ $ref =~ ^[0-9a-f]{40}$ ]]; then
    commit=$ref
else
    tips=$(git ls-remote "$repository" "refs/tags/$ref^{}" "refs/tags/$ref" "refs/heads/$ref") || fail "cannot read $repository"
    commit=
    for name in "refs/tags/$ref^{}" "refs/tags/$ref" "refs/heads/$ref"; do
        [ -n "$commit" ] || commit=$(awk -v name="$name" '$2 == name {print $1}' <<< "$tips")
    done
    [ -n "$commit" ] || refuse "$ref is neither a branch nor a tag of $repository (a commit needs its full 40 characters)"
fi
if ! git cat-file -e "$commit^{commit}" 2> /dev/null; then
    # another run may be at the same cache, and a dead one may have left its lock
    for pause in 0.1 0.3 1; do
        ! git fetch -q --depth=1 --filter=blob:none "$repository" "$commit" 2> /dev/null || break
        sleep "$pause"
    done
fi
if ! git cat-file -e "$commit^{commit}" 2> /dev/null; then
    find . -maxdepth 1 -name shallow.lock -mmin +2 -delete
    said=$(git fetch -q --depth=1 --filter=blob:none "$repository" "$commit" 2>&1) || {
        ! grep -qE "not our ref|remote ref|unadvertised object" <<< "$said" || refuse "$repository has no commit $commit"
        fail "cannot read $repository: $said"
    }
fi
git show -s --format='commit %H %ct' "$commit"
# mode and id of each path, and of what lies beside it; "." is the whole, which git knows by no path
declare -A modes ids
modes[.]=040000 ids[.]=$(git rev-parse "$commit:") named=()
for path in "${paths[@]}" "${texts[@]}"; do [ -z "$path" ] || named+=("$path"); done
while read -r -d '' mode _ id; do
    path=${id#*$'\t'}; modes[$path]=$mode; ids[$path]=${id%%$'\t'*}
done < <(GIT_LITERAL_PATHSPECS=1 git ls-tree -z -t --full-tree "$commit" -- "${named[@]}")
for path in "${paths[@]}"; do
    printf 'path %s %s\n' "${ids[${path:-.}]:--}" "$path"
    [ "${modes[${path:-.}]:-}" != 120000 ] || printf 'link %s\n' "$path"
done
[ "${#folders[@]}" = 0 ] || git -c core.quotePath=false ls-tree "$commit" -- "${folders[@]}" | sed -n 's/^120000 blob [0-9a-f]*\t/link /p'
[ "${#texts[@]}" -gt 0 ] || exit 0
# kept apart: of what it lacks, a partial clone would ask every repository that it ever came from
store=$cache/texts most=$((8 << 20)) asked=() lacking=()
[ -f "$store/HEAD" ] || { mkdir -p "$store"; git init -q --bare "$store" 2> /dev/null || git -C "$store" rev-parse --git-dir > /dev/null; }
for path in "${texts[@]}"; do
    [[ ${modes[${path:-.}]:-} != 100* ]] || asked+=("${ids[$path]}")
done
declare -A sizes
look() { while read -r id size; do sizes[$id]=$size; done < <(printf '%s\n' "${asked[@]}" | git -C "$store" cat-file --batch-check='%(objectname) %(objectsize)'); }
[ "${#asked[@]}" = 0 ] || look
for id in "${asked[@]}"; do [ "${sizes[$id]}" != missing ] || lacking+=("$id"); done
get() { git -C "$store" -c gc.auto=0 fetch -q --no-tags --no-write-fetch-head "$@"; }
# a server that gives no single file gives the whole commit
if [ "${#lacking[@]}" -gt 0 ]; then
    get "$repository" "${lacking[@]}" 2> /dev/null || get --depth=1 "$repository" "$commit" || fail "cannot read files of $repository"
    look
fi
for path in "${texts[@]}"; do
    text=-
    if [[ ${modes[${path:-.}]:-} == 100* ]] && [ "${sizes[${ids[$path]}]}" -le "$most" ]; then
        text=$(git -C "$store" cat-file blob "${ids[$path]}" | base64 -w 0)
    fi
    printf 'text %s %s\n' "$text" "$path"
done
