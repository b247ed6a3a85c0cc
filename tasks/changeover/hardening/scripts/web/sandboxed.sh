# systemd keeps when nginx was started, and the kernel what it may not do
at=$(systemctl show -p ActiveEnterTimestamp --value --timestamp=unix nginx)
at=${at#@}
pid=$(systemctl show -p MainPID --value nginx)
if [ -e "$sandbox" ] && [ "${at:-0}" -ge "$(stat -c %Z "$sandbox")" ] && grep -q '^NoNewPrivs:.*1$' "/proc/$pid/status"; then
    echo in force
else
    echo out of date
fi
