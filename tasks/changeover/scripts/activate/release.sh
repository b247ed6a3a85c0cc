# Puts the candidate environment in force, and switches current to the release.
# Given: activated, app, build, candidate, current, env_file, output, programs, release, release_path, state.
changes=; [ "$(readlink "$current" || true)" = "releases/$release" ] || changes=yes
if [ -f "$candidate" ]; then
    changes=yes
    if [ -f "$env_file" ]; then
        install -d -m 0700 "$state/environments"
        read_plain "$env_file" | install_file "$state/environments/$(date -u +%Y%m%dT%H%M%SZ).env" 0600 root:root
    fi
    # the app reads it; that it cannot write it keeps a release from being led astray by it
    install_file "$env_file" 0640 "root:$app" < "$candidate"
    rm -f "$candidate"
fi
[ -z "$output" ] || "$programs/sandbox" place "$release_path" "$output" "$build"
[ -n "$changes" ] || exit 0
switch_link "releases/$release" "$current"
# a process that is older than this does not run what is in force, whatever it says of itself
echo "$(< /proc/sys/kernel/random/boot_id) $(cut -d' ' -f1 /proc/uptime)" | install_file "$activated" 0644 root:root
