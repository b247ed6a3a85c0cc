# systemd itself reads the environment file, so the release's code sees what the app will see
sandbox=()
# its standard input is empty, unless it is told to pass ours on
run() {
    "$programs/sandbox" run app --app "$app" --task migrate --folder "$release_path" --read "$root" --environment "$environment" \
        --reserve "$reserve" --seconds "$seconds" ${shared:+--write "$shared"} "${sandbox[@]}" -- "$@"
}
