# The settings of the kernel: say which are not as wanted, set them.
# `wrong` and `refused`: the settings that are not as wanted, and can or cannot be; in words, and as paths
compare() {
    local one key values file name found
    wrong=() wrong_paths=() refused=()
    for one in "${settings[@]}"; do
        key=${one%%=*} values=${one#*=}
        # a pattern, where it is one of each network interface
        for file in /proc/sys/${key//.//}; do
            name=${file#/proc/sys/}; name=${name//\//.}
            if [ ! -e "$file" ]; then refused+=("$key (not in this kernel)"); continue; fi
            read -r found < "$file" || found=unreadable
            [[ "|$values|" != *"|$found|"* ]] || continue
            if [ -w "$file" ]; then
                wrong+=("$name is $found, not ${values%%|*}"); wrong_paths+=("$file=${values%%|*}")
            else
                refused+=("$name (stays $found)")
            fi
        done
    done
}

# what a file that is read after ours at boot says otherwise
overridden() {
    local program=/usr/lib/systemd/systemd-sysctl
    [ -x "$program" ] || return 0
    "$program" --cat-config | awk -v ours="$file" -v settings="${settings[*]}" '
        BEGIN { count = split(settings, each, " "); for (i = 1; i <= count; i++) { split(each[i], part, "="); wanted[part[1]] = part[2] } }
        /^# \/.*\.conf$/ { name = $2; after = after || here; here = name == ours; next }
        !after || !/=/ || /^[#;]/ { next }
        { split($0, part, "="); key = part[1]; value = part[2]; gsub(/^[ \t-]+|[ \t]+$/, "", key); gsub(/[ \t]/, "", value); gsub(/\//, ".", key) }
        key in wanted && index("|" wanted[key] "|", "|" value "|") == 0 { print key " (" name " says " value ")" }'
}

state() {
    local text
    compare
    mapfile -t -O "${#refused[@]}" refused < <(overridden)
    if [ "${#wrong[@]}" -gt 0 ]; then printf -v text '%s; ' "${wrong[@]}"; echo "set otherwise (${text%; })"
    elif [ "${#refused[@]}" -gt 0 ]; then printf -v text '%s, ' "${refused[@]}"; echo "cannot: this host does not let these be set: ${text%, }"
    else echo "as wanted"; fi
}

# give them their values; those of before are noted in FOLDER, if it is there
enforce() { # FOLDER
    local one path value failed=()
    compare
    if [ -d "$1" ] && [ ! -e "$1/$noted" ]; then
        for one in "${wrong_paths[@]}"; do
            path=${one%%=*}; read -r value < "$path"; printf '%s=%s\n' "$path" "$value"
        done | install_file "$1/$noted" 0600 root:root
    fi
    for one in "${wrong_paths[@]}"; do
        echo "${one#*=}" 2> /dev/null > "${one%%=*}" || failed+=("$one")
    done
    [ "${#failed[@]}" = 0 ] || fail "the kernel refuses ${failed[*]}"
}

case ${1-} in
    state) state ;;
    set) enforce "$2" ;;
    *) fail "usage: kernel state | kernel set FOLDER" ;;
esac
