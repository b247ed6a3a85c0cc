# what was in force before; some cannot be taken back until the next boot, such as unprivileged_bpf_disabled
if [ -e "$journal/$noted" ]; then
    while read -r one; do
        path=${one%%=*} value=${one#*=}
        [ ! -e "$path" ] || echo "$value" 2> /dev/null > "$path" || echo "$path stays as it is until the next boot"
    done < "$journal/$noted"
fi
