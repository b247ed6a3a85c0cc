url=http://localhost$path
try "$app" --unix-socket "$socket"
if [ -e "$site_enabled" ]; then
    url=http://127.0.0.1$path
    if [ -e "$maintenance" ]; then with_bypass=yes try "$domain with the bypass" -H "Host: $domain"; else try "$domain" -H "Host: $domain"; fi
fi
