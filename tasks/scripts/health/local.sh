url=http://localhost$path
try "$app" --unix-socket "$socket"
if [ -e "$maintenance" ] && [ -e "$site_enabled" ]; then
    url=http://127.0.0.1$path with_bypass=yes
    try "$domain with the bypass" -H "Host: $domain"
fi
