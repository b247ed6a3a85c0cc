systemctl daemon-reload
# a sandbox is of a process: it begins with the next start
nginx -t -q || fail "nginx refuses the configuration of this host, and would not come back from a restart"
systemctl reset-failed nginx 2> /dev/null || true
systemctl restart nginx || { journalctl -q -u nginx -n 10 --no-pager -o cat >&2; fail "nginx does not start in its sandbox; what a site needs beside belongs into $(dirname "$sandbox")/60-local.conf"; }
grep -q '^NoNewPrivs:.*1$' "/proc/$(systemctl show -p MainPID --value nginx)/status" || fail "nginx was started, but not in its sandbox: $(systemctl show -p DropInPaths nginx)"
