url=http://localhost$path
try "$app" --unix-socket "$socket"
if [ -e "$maintenance" ] && [ -f "$bypass" ] && [ -e "$site_enabled" ]; then
    url=http://127.0.0.1$path
    bypass_cookie() { sed -nE "s/^\"([^\"]+)\".*/cookie = \"changeover_bypass_$app=\1\"/p" "$bypass"; }
    try "$domain with the bypass" -H "Host: $domain" -K <(bypass_cookie)
fi
