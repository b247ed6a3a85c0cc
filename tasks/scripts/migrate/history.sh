environment=$candidate; [ -f "$environment" ] || environment=$env_file
cd "$release_path"
tell_history > "$history.told" 2> "$history.said" || { tail -n 12 "$history.said" >&2; fail "$engine cannot tell the release's migrations"; }
sed -n 's/^@@history //p' "$history.told" > "$history.new"
sync "$history.new"
mv -fT "$history.new" "$history"
rm "$history.told" "$history.said"
