# systemd itself reads the environment file, so the release's code sees what the app will see
sandbox=()
run() {
    "$programs/sandbox" run app --app "$app" --task migrate --folder "$release_path" --read "$root" --environment "$environment" \
        --reserve "$reserve" ${shared:+--write "$shared"} "${sandbox[@]}" -- "$@" < /dev/null
}
