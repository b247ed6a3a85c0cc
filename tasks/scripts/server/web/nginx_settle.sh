rm -f "$stamp"
# where nginx was not before, it stays as its package left it
if command -v nginx > /dev/null; then
    nginx -t -q
    systemctl reload-or-restart nginx
fi
