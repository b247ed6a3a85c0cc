arrived=()
# sets url, and curl's words to ask the app itself for a path with all that nginx tells it of a visitor
# (proxy in site/parts.j2): what is published counts, as the app of before knows no other name
as_arrived() { # PATH
    local name=$domain how=$scheme names
    if [ -e "$site_enabled" ]; then
        how=http
        ! by_https && ! grep -q '^ *default https;' "$site_enabled" || how=https
        names=$(sed -nE '/^ *server_name (.*);$/ {s//\1/p; q}' "$site_enabled")
        if [[ " $names " != *" $domain "* ]]; then
            # all names below one are none to ask by
            names=$(tr ' ' '\n' <<< "$names" | sed -n '/^[^*]/ {p; q}')
            name=${names:-$domain}
        fi
    fi
    url=http://localhost$1 arrived=(--unix-socket "$socket" -H "Host: $name" -H "X-Forwarded-Host: $name" -H "X-Forwarded-Proto: $how")
    arrived+=(-H 'X-Forwarded-For: 127.0.0.1' -H 'X-Real-IP: 127.0.0.1')
}
