# Installs the app's units, has them start with the host, and removes those that are not wanted any more.
# Given: paths, programs, stray_paths, strays, texts, units.
if [ "${#strays[@]}" != 0 ]; then
    "$programs/units" stop "${strays[@]}"
    systemctl --quiet disable "${strays[@]}" 2> /dev/null || true # an older one may not be enabled
    rm -f "${stray_paths[@]}"
fi
for number in "${!paths[@]}"; do
    install_file "${paths[number]}" 0644 root:root <<< "${texts[number]}"
done
systemctl daemon-reload
systemctl --quiet enable "${units[@]}"
