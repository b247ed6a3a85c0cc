# Functions that ask a host without Python what a fresh host is asked.
# Given: app, backups, build_user, candidate, current, env_file, fetch_user, packages, process_files,
#   process_rivals, root, site, state.
# JSON of lines, without what is no text: a string each, or a pair each of an object
strings() { LC_ALL=C tr -d '\0-\11\13-\37\177' | { iconv -c -f UTF-8 -t UTF-8 || true; } | sed 's/[\\"]/\\&/g; s/.*/"&"/'; }
list() { echo "[$(strings | paste -sd ,)]"; }
object() { echo "{$(strings | paste -d : - - | paste -sd ,)}"; }
one() { head -n 1 | strings | grep . || echo null; }

# what shows that a host is no fresh one: nothing of this is ever made without Python
made() {
    local known
    for known in "$env_file" "$candidate"; do
        if [ -e "$known" ] || [ -L "$known" ]; then echo environment; return; fi
    done
    for known in "$state/ledger.jsonl" "$state/undo.d" "$state/redo.d" "$backups"/*.json "$current"; do
        if [ -e "$known" ] || [ -L "$known" ]; then echo data; return; fi
    done
}

foreign() {
    local file first
    [ ! -d "$root" ] || [ -e "$root/.changeover" ] || [ -z "$(ls -A "$root")" ] || echo "directory $root"
    for file in "${process_rivals[@]}"; do [ ! -e "$file" ] || echo "file $file"; done
    for file in "${process_files[@]}" "$site"; do
        first=; [ ! -e "$file" ] || IFS= read -r first < "$file" || true
        [ ! -e "$file" ] || case $first in "# Managed by Changeover for $app."*) ;; *) echo "file $file" ;; esac
    done
}

# on a fresh host others may serve sites: each name of theirs with its file
server_names() {
    awk '/^# configuration file /{file = $4; sub(/:$/, "", file); inside = 0; next}
        {
            sub(/(^|[ \t])#.*/, ""); gsub(/[{};]/, " & ")
            for (i = 1; i <= NF; i++)
                if ($i == "server_name") inside = 1
                else if ($i ~ /^[{};]$/) inside = 0
                else if (inside) { print file; print $i }
        }' | strings | paste -d , - - | sed 's/.*/[&]/' | paste -sd ,
}


# a host without Python, or with a small or an old one: what is asked of a fresh one
bare() {
    local found disk=/srv whole='' error=null systemd=false
    cat > /dev/null # who still writes to a command that has ended has lost the connection
    found=$(made)
    if [ -n "$found" ]; then
        echo "{\"probe\": {\"$found\": {\"failed:\": \"does python3 run there?\"}}}"
        return
    fi
    [ -d "$disk" ] || disk=/
    ID='' VERSION_ID=''; . /etc/os-release
    [ ! -d /run/systemd/system ] || systemd=true
    if command -v nginx > /dev/null; then whole=$(nginx -T 2>&1) || error=$(grep -a -m 1 -F '[emerg]' <<< "$whole" | one); fi
    echo '{"probe": {"bare": true' \
        ", \"host\": {\"uid\": $(id -u), \"system\": $(echo "$ID $VERSION_ID" | one), \"systemd\": $systemd" \
        ", \"own_addresses\": $(hostname -I | tr -s ' ' '\n' | sed '/^$/d' | list), \"clock\": $(date +%s), \"under_way\": []" \
        ", \"free_kilobytes\": $(df -Pk "$disk" | awk 'NR == 2 {print $4}')}" \
        ", \"status\": {\"total_kilobytes\": $(df -Pk "$disk" | awk 'NR == 2 {print $2}')}" \
        ", \"packages\": $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" | awk '$1 == "installed" {print $2}' | list)" \
        ", \"users\": $(getent passwd "$fetch_user" "$build_user" "$app" | awk -F : '{print $1; print $5}' | object)" \
        ", \"foreign\": $(foreign | list)" \
        ", \"processes\": {\"told\": $(tell_processes | list)}" \
        ", \"site\": {\"nginx_active\": $(systemctl --quiet is-active nginx && echo true || echo false), \"nginx_error\": $error" \
        ", \"server_names\": [$(server_names <<< "$whole")]}}}"
}
