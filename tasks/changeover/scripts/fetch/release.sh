# Fetches the commit, and makes the release's folder from it.
# Given: about, app, build, build_user, commit, configuration, directory, disk, has_login, known_hosts, links,
#   made, migrations, mirror, output, programs, release, releases, repository, shown.
ssh=
way fetch "$configuration/deploy_key" "$configuration/known_hosts"
walls+=(--set "GIT_SSH_COMMAND=$ssh")
commit_of=(--app "$app" --repository "$repository" --commit "$commit" --directory "$directory" ${known_hosts:+--pinned} --mirror "$mirror")
# as the user that fetches; no code of the repository is run, here and when it is written
"$programs/sandbox" run "${walls[@]}" -- "$programs/tree" fetch "${commit_of[@]}" < /dev/null || {
    [ $? = 4 ] || fail "not all of commit $commit can be had"
    if [ -n "$has_login" ]; then
        fail "the repository was asked with the login in ${app}_repository: may it read $repository, and all that the commit names?"
    fi
    if [ -f "$configuration/deploy_key" ]; then
        fail "the repository was asked with the key that ${app}_deploy_key names: may it read $repository, and all that the commit names?"
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
"$programs/sandbox" run "${walls[@]}" -- "$programs/tree" write "${commit_of[@]}" --into "$new" < /dev/null
kilobytes=$("$programs/sandbox" seal --app "$app" "$new")
for own in .changeover REVISION; do
    if [ -e "$new/$own" ] || [ -L "$new/$own" ]; then fail "the commit has $own, which Changeover writes itself: take it out of the repository"; fi
done
mkdir "$new/.changeover"
printf '%s\n' "$commit" > "$new/REVISION"
# systemd gives it to the app
printf 'CHANGEOVER_COMMIT=%s\n' "$commit" > "$new/.changeover/environment"
printf '%s\n' "$about" > "$new/.changeover/release.json"
[ -z "$migrations" ] || printf '%s\n' "$migrations" > "$new/.changeover/migrations.json"
echo "$kilobytes" > "$new/.changeover/kilobytes"
make_shared
furnish=("${made[@]/#/--clear=}" ${output:+"--aside=$output"})
for ((at = 0; at < ${#links[@]}; at += 2)); do furnish+=(--link "${links[@]:at:2}"); done
for ((at = 0; at < ${#shown[@]}; at += 2)); do furnish+=(--show "${shown[@]:at:2}"); done
[ -z "$build" ] || furnish+=(--place "$output" "$build")
"$programs/sandbox" furnish "$new" "${furnish[@]}"
sync -f "$new"
mv -T "$new" "$releases/$release"
sync "$releases"
