install -d -m 0755 "$programs" "$pages"
install -d -m 0711 -o root -g root "$(dirname "$state")" "$state"
new=$(mktemp -d "$programs/.new.XXXXXXXX"); trap 'rm -rf "$new"' EXIT
base64 -d | tar -xz --no-same-owner -C "$new"
# many, so they are on the disk before the first has its name, and not one by one
chmod -R 0755 "$new"/programs; sync -f "$new"
# what starts the modules comes after them
while IFS= read -r folder; do
    install -d -m 0755 "$programs/$folder"
    find "$new/programs/$folder" -maxdepth 1 -type f -exec mv -f -t "$programs/$folder" {} +
    sync "$programs/$folder"
done < <(cd "$new"/programs && find . -depth -type d)
for file in "$new"/pages/*; do install_file "$pages/$(basename "$file")" 0644 root:root < "$file"; done
for file in "$new"/units/*; do install_file "$units/$(basename "$file")" 0644 root:root < "$file"; done
systemctl daemon-reload
systemctl --quiet enable "$guard"
