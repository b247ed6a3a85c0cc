if [ -f "$candidate" ]; then
    if [ -f "$env_file" ]; then
        install -d -m 0700 "$state/environments"
        as "$app" cat "$env_file" | install_file "$state/environments/$(date -u +%Y%m%dT%H%M%SZ).env" 0600 root:root
    fi
    # the app reads it; that it cannot write it keeps a release from being led astray by it
    install_file "$env_file" 0640 "root:$app" < "$candidate"
    rm -f "$candidate"
fi
[ -z "$assets" ] || link_assets "$build/output" "$release_path" "$assets"
switch_link "releases/$release" "$current"
