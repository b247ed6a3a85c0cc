ssh=
way fetch "$configuration/deploy_key" "$configuration/known_hosts"
# runs as the user that fetches; no code of the repository is run, and what git itself finds wrong
# with an object is refused, but for what is old and harmless
fetch() { # SSH REPOSITORY COMMIT
    export GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND=$1
    local repository=$2 commit=$3 harmless
    local how=(-c gc.auto=0 -c core.hooksPath=/dev/null -c protocol.ext.allow=never -c fetch.fsckObjects=true)
    for harmless in badDate badDateOverflow badEmail badName badTimezone missingEmail missingNameBeforeEmail \
        missingSpaceBeforeDate missingSpaceBeforeEmail missingTaggerEntry badTagName zeroPaddedDate zeroPaddedFilemode; do
        how+=(-c "fetch.fsck.$harmless=ignore")
    done
    git init -q --bare .
    # only one script works at a time, so a lock is a dead run's
    find . -name '*.lock' -type f -delete
    has_commit() { git cat-file -e "$commit^{commit}" 2> /dev/null; }
    has_commit && return
    git "${how[@]}" fetch -q --prune --force -- "$repository" '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' \
        || { echo "cannot fetch from $repository" >&2; return 1; }
    has_commit || git "${how[@]}" fetch -q -- "$repository" "$commit" || { echo "$repository has no commit $commit" >&2; return 1; }
}
# runs as the user that builds
unpack() { # MIRROR TREE
    git -c safe.directory="$1" -c core.attributesFile=/dev/null -C "$1" archive "$2" | tar -x
}
walled fetch "$ssh" "$repository" "$commit" || {
    if [ -f "$configuration/deploy_key" ]; then
        fail "the repository was asked with the key that ${app}_deploy_key names: may it read $repository?"
    fi
    fail "${app}_deploy_key is not set, so the host has no key of its own for $repository"
}
take_back; trap - EXIT
# an earlier run's script may have ended meanwhile
[ ! -d "$releases/$release" ] || exit 0
new=$releases/.$release.new
rm -rf "$new"
install -d -m 0755 -o "$build_user" -g "$build_user" "$new"
walls=(build --app "$app" --task code --folder "$new" --read "$mirror" --write "$new" --disk "$disk")
walled unpack "$mirror" "$commit${directory:+:$directory}"
kilobytes=$("$programs/sandbox" seal --app "$app" "$new")
for own in .changeover REVISION; do
    if [ -e "$new/$own" ] || [ -L "$new/$own" ]; then fail "the commit has $own, which Changeover writes itself: take it out of the repository"; fi
done
mkdir "$new/.changeover"
printf '%s\n' "$commit" > "$new/REVISION"
printf '%s\n' "$about" > "$new/.changeover/release.json"
[ -z "$migrations" ] || printf '%s\n' "$migrations" > "$new/.changeover/migrations.json"
echo "$kilobytes" > "$new/.changeover/kilobytes"
"$programs/sandbox" clear "$new" "${made[@]}"
make_shared
make_links "$new"
"$programs/sandbox" show "$new" "${shown[@]}"
sync -f "$new"
mv -T "$new" "$releases/$release"
sync "$releases"
