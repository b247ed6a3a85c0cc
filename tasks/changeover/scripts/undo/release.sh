# Undoes a fetch: removes the release.
# Given: current, release, releases.
[ ! "$current" -ef "$releases/$release" ] || fail "$release is current: it cannot be removed"
for folder in "$releases/$release" "$releases/.$release.new"; do
    # by another name first: a folder that is half gone must not look like one that is whole
    rm -rf "$releases/.gone"
    [ ! -e "$folder" ] || mv -T "$folder" "$releases/.gone"
    rm -rf "$releases/.gone"
done
