is_on() { awk -v file="$1" '$1 == file { found = 1 } END { exit !found }' /proc/swaps; }
has_entry() { awk -v file="$file" '$1 == file { found = 1 } END { exit !found }' /etc/fstab; }
without_entry() { awk -v file="$file" '$1 != file' /etc/fstab; }
# a file of another size, or one that is no swap: first out of fstab, so that no boot meets half of it
drop() {
    ! has_entry || without_entry | install_file /etc/fstab 0644 root:root
    ! is_on "$file" || swapoff "$file" || fail "memory is too short to take $file out of use"
    rm -f "$file"
}
make() { # PATH MEGABYTES
    rm -f "$1"; (umask 077; fallocate -l "$2M" "$1" 2> /dev/null || dd if=/dev/zero of="$1" bs=1M count="$2" status=none)
    mkswap "$1" > /dev/null
}
sysctl -q -e -w vm.swappiness=10 2> /dev/null || true # the answer says what became of it
now=$(eval "$state")
if [ "$now" != "$wanted" ] && [[ $now != cannot:* ]]; then
    rm -f "$file.new" "$file.try"
    drop
    if [ "$wanted" -gt 0 ]; then
        # whether swap may be used at all is seen on a small file
        make "$file.try" 1
        if said=$(swapon "$file.try" 2>&1); then
            swapoff "$file.try"; rm -f "$file.try"
            make "$file.new" "$wanted"; sync "$file.new"; mv -T "$file.new" "$file"
            swapon "$file"
            { cat /etc/fstab; echo "$file none swap sw 0 0"; } | install_file /etc/fstab 0644 root:root
        else
            rm -f "$file.try"
            printf 'swapon is refused here: %s\n' "${said##*: }" > "$refused"
        fi
    fi
fi
