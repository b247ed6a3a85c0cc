systemctl daemon-reload
pid=$(systemctl show -p MainPID --value nginx 2> /dev/null || true)
wished=no; [ ! -e "$sandbox" ] || wished=yes
is=no; if grep -q '^NoNewPrivs:.*1$' "/proc/${pid:-0}/status" 2> /dev/null; then is=yes; fi
if [ "$wished" != "$is" ] || { [ "$wished" = yes ] && [ "$(bash -c "$sandboxed")" != "in force" ]; }; then
    if command -v nginx > /dev/null; then systemctl reset-failed nginx 2> /dev/null || true; systemctl restart nginx; fi
fi
