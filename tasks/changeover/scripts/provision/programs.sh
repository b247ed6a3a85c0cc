# Installs the host programs, which come on standard input as an archive.
# Given: guard, pages, programs, shared_lock, state, units.
make_alone "$shared_lock"
install -d -m 0755 "$programs" "$programs/versions" "$pages"
install -d -m 0711 -o root -g root "$(dirname "$state")" "$state"
new=$(mktemp -d "$programs/.new.XXXXXXXX"); trap 'rm -rf "$new"' EXIT
base64 -d | tar -xz --no-same-owner -C "$new"
# a folder for each version: what runs goes on with its own, whenever it loads the rest of it
version=versions/${new##*.} before=$(readlink "$programs/current" || true)
chmod -R 0755 "$new"/programs; mv -T "$new"/programs "$programs/$version"; sync -f "$programs"
switch_link "$version" "$programs/current"
for file in "$programs/current"/*; do
    name=${file##*/}
    [ ! -f "$file" ] || [ "$(readlink "$programs/$name" || true)" = "current/$name" ] || switch_link "current/$name" "$programs/$name"
done
for file in "$new"/pages/*; do install_file "$pages/$(basename "$file")" 0644 root:root < "$file"; done
for file in "$new"/units/*; do install_file "$units/$(basename "$file")" 0644 root:root < "$file"; done
systemctl daemon-reload
systemctl --quiet enable "$guard"
# earlier versions, but for the last one: who works with one may yet load a part of it
if [ ! -d "$state/undo.d" ] && [ ! -d "$state/redo.d" ] \
    && "$programs/quiet" --state-folder "${state%/*}" wait --but "${state##*/}" 2> /dev/null; then
    for old in "$programs"/versions/*; do
        [ "$old" = "$programs/$version" ] || [ "$old" = "$programs/$before" ] || rm -rf "$old"
    done
    find "$programs" -maxdepth 1 -xtype l -lname 'current/*' -delete
    # of before there were folders
    rm -rf "$programs"/host "$programs"/__pycache__ "$programs"/*.py
fi
