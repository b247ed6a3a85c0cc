if ! awk -v file="$file" '$1 == file { found = 1 } END { exit !found }' /etc/fstab; then
    ! awk -v file="$file" '$1 == file { found = 1 } END { exit !found }' /proc/swaps || swapoff "$file" || true
    rm -f "$file"
fi
rm -f "$file.new" "$file.try" "$refused"
