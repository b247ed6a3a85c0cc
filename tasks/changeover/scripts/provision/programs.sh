# Installs the host programs, which come on standard input as an archive.
# Given: guard, pages, programs, state, units.
install -d -m 0755 "$programs" "$pages"
install -d -m 0711 -o root -g root "$(dirname "$state")" "$state"
new=$(mktemp -d "$programs/.new.XXXXXXXX"); trap 'rm -rf "$new"' EXIT
base64 -d | tar -xz --no-same-owner -C "$new"
modules=$(find "$new"/programs -name '*.py' -printf '%P\n' | sort)
# many, so they are on the disk before the first has its name, and not one by one
chmod -R 0755 "$new"/programs; sync -f "$new"
# what all import comes first, what starts them last; quickly, as others may start meanwhile
folders=$(cd "$new"/programs && find host -type d | sort)
while IFS= read -r folder; do [ -d "$programs/$folder" ] || install -d -m 0755 "$programs/$folder"; done <<< "$folders"
while IFS= read -r folder; do find "$new/programs/$folder" -maxdepth 1 -type f -exec mv -f -t "$programs/$folder" {} +; done <<< "$folders"$'\n'.
sync -f "$programs"
for file in "$new"/pages/*; do install_file "$pages/$(basename "$file")" 0644 root:root < "$file"; done
for file in "$new"/units/*; do install_file "$units/$(basename "$file")" 0644 root:root < "$file"; done
systemctl daemon-reload
systemctl --quiet enable "$guard"
# modules that this version does not have: who works with an earlier one may yet load one of them
if [ ! -d "$state/undo.d" ] && [ ! -d "$state/redo.d" ] \
    && "$programs/quiet" --state-folder "${state%/*}" wait --but "${state##*/}" 2> /dev/null; then
    while IFS= read -r file; do
        folder=$(dirname "$programs/$file") name=${file##*/}
        rm -f "$folder/$name" "$folder/__pycache__/${name%.py}".*.pyc
        for empty in "$folder/__pycache__" "$folder"; do [ ! -d "$empty" ] || rmdir --ignore-fail-on-non-empty "$empty"; done
    done < <(find "$programs" -name '.new.*' -prune -o -name '*.py' -printf '%P\n' | sort | comm -23 - <(printf '%s\n' "$modules"))
fi
