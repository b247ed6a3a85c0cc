arrived=()
# sets url, and curl's words to ask the app itself for a path with all that nginx tells it of a visitor
# (proxy in site/parts.j2): what is published counts, as the app of before knows no other name
as_arrived() { # PATH
    local name=$domain how=$scheme names=()
    if [ -e "$site_enabled" ]; then
        if by_https || grep -q '^ *default https;' "$site_enabled"; then how=https; else how=http; fi
        read -ra names < <(sed -nE 's/^ *server_name (.*);$/\1/p' "$site_enabled" | tr ' ' '\n' | grep -v '^\*' | paste -sd ' ')
        [ "${#names[@]}" = 0 ] || [[ " ${names[*]} " == *" $domain "* ]] || name=${names[0]}
    fi
    url=http://localhost$1 arrived=(--unix-socket "$socket" -H "Host: $name" -H "X-Forwarded-Host: $name" -H "X-Forwarded-Proto: $how")
    arrived+=(-H 'X-Forwarded-For: 127.0.0.1' -H 'X-Real-IP: 127.0.0.1')
}
