# A function that reloads nginx, and waits until the new configuration serves.
# Given: nothing.
# nginx's workers that take requests: one that shuts down says so in its name
nginx_serving() {
    local main file; main=$(systemctl show -p MainPID --value nginx)
    for file in $(grep -slzx 'nginx: worker process' /proc/[0-9]*/cmdline || true); do
        ! grep -qsx "PPid:[[:space:]]$main" "${file%cmdline}status" || echo "$file"
    done
}
# Returns when nothing serves by the earlier configuration any more. A port that somebody else has is no
# fault to nginx -t: nginx then goes on as it was, and systemctl says nothing of it.
reload_nginx() {
    local before attempt; before=$(nginx_serving | sort)
    systemctl reload-or-restart nginx || { journalctl -q -u nginx -n 10 --no-pager -o cat >&2; fail "nginx does not start"; }
    for attempt in $(seq 300); do
        [ -n "$(comm -12 <(cat <<< "$before") <(nginx_serving | sort))" ] || return 0
        [ "$attempt" -lt 300 ] || break
        sleep 0.1
    done
    { grep -saF '[emerg]' /var/log/nginx/error.log || true; } | tail -n 5 >&2
    fail "nginx was told to load its configuration and goes on with the earlier one"
}
