# systemd itself reads the environment file, so the release's code sees what the app will see
sandbox=()
run() {
    systemd-run --quiet --collect --pipe --wait --unit="changeover-$app-migrate" \
        -p User="$app" -p Group="$app" -p WorkingDirectory="$release_path" \
        -p EnvironmentFile="$environment" -p UMask=0027 -p NoNewPrivileges=yes -p PrivateTmp=yes \
        -p ProtectSystem=strict -p ReadWritePaths="$shared" "${sandbox[@]}" -- "$@" < /dev/null
}
