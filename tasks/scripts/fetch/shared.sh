for path in "${folders[@]}"; do
    [ -e "$shared/$path" ] || { install -d -o "$app" -g "$app" -m 0750 "$shared/$path"; }
done
for path in "${paths[@]}"; do
    [ -d "$(dirname "$shared/$path")" ] || install -d -o "$app" -g "$app" -m 0750 "$(dirname "$shared/$path")"
    link=$release_path/$path
    target=$(realpath -ms --relative-to="$(dirname "$link")" "$shared/$path")
    as "$deploy_user" mkdir -p "$(dirname "$link")"
    [ -L "$link" ] || rm -rf "$link"
    switch_link "$target" "$link"
done
