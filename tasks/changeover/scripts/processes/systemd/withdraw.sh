# Disables and stops the units that this changeover installed, before their files are removed.
# Given: added, programs.
systemctl --quiet disable "${added[@]}" 2> /dev/null || true # the links go with what was saved
"$programs/units" stop "${added[@]}"
