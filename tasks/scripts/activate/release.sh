if [ -f "$candidate" ]; then
    if [ -f "$env_file" ]; then
        install -d -m 0700 "$state/environments"
        as "$app" cat "$env_file" | install_file "$state/environments/$(date -u +%Y%m%dT%H%M%SZ).env" 0600 root:root
    fi
    install_file "$env_file" 0600 "$app:$app" < "$candidate"
    rm -f "$candidate"
fi
[ -z "$assets" ] || link_assets "$build/output" "$assets"
switch_link "releases/$release" "$current"
