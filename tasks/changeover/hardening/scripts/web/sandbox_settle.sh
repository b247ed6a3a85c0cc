systemctl daemon-reload
if systemctl -q is-active nginx; then
    # what runs is not what the files say: in a sandbox or not, or in one that has changed since
    process=/proc/$(systemctl show -p MainPID --value nginx)/status
    at=$(systemctl show -p ActiveEnterTimestamp --value --timestamp=unix nginx); at=${at#@}
    if [ -e "$sandbox" ]; then wanted=1; else wanted=0; fi
    if ! grep -q "^NoNewPrivs:.*$wanted\$" "$process" || { [ "$wanted" = 1 ] && [ "${at:-0}" -lt "$(stat -c %Z "$sandbox")" ]; }; then
        # what it refuses it would not come back with: better in the wrong sandbox than away
        if said=$(nginx -t -q 2>&1); then systemctl restart nginx; else printf 'nginx refuses its configuration, and was not restarted: %s\n' "$said" >&2; fi
    fi
elif command -v nginx > /dev/null; then
    systemctl reset-failed nginx 2> /dev/null || true
    systemctl start nginx
fi
