# who else has the database open would go on writing: find out before anything is stopped
holders() { [ -z "$database" ] || find /proc/[0-9]*/fd -maxdepth 1 -lname "$database*" 2> /dev/null | cut -d/ -f3 | sort -u; }
outsiders=
for pid in $(holders); do
    grep -qF "/$unit" "/proc/$pid/cgroup" 2> /dev/null || outsiders="$outsiders $pid ($(tr '\0' ' ' < "/proc/$pid/cmdline"))"
done
[ -z "$outsiders" ] || fail "$database is open in other processes:$outsiders; stop them and run this again"
date -u +%Y-%m-%dT%H:%M:%SZ | install_file "$quiesced" 0644 root:root
systemctl stop "$socket_unit" "$unit" 2> /dev/null || true
! systemctl -q is-active "$unit" || fail "$unit does not stop"
[ -z "$(holders)" ] || fail "$database is still open after $unit has stopped"
