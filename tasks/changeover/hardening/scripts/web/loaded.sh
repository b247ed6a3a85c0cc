# A file's ctime is when it came to stand there, whoever put it there and however.
newest=$(stat -c %Z "${files[@]}" | sort -n | tail -n 1)
at=$(systemctl show -p ActiveEnterTimestamp --value --timestamp=unix nginx)
at=${at#@}
if [ -e "$stamp" ] && [ "$(stat -c %Y "$stamp")" -gt "${at:-0}" ]; then at=$(stat -c %Y "$stamp"); fi
if systemctl -q is-active nginx && [ "${at:-0}" -ge "${newest:-0}" ]; then echo loaded; else echo out of date; fi
