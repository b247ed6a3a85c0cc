rm -f "$stamp"
# where nginx was not before, it stays as its package left it; what it refuses, it refused before,
# and it goes on with what it has loaded
if command -v nginx > /dev/null; then
    if said=$(nginx -t -q 2>&1); then reload_nginx; else printf 'nginx refuses the earlier configuration too, and was left alone: %s\n' "$said" >&2; fi
fi
