as_arrived "$path"
try "$app" "${arrived[@]}"
if [ -e "$site_enabled" ]; then
    as_visitor "$path"
    if [ -e "$maintenance" ]; then with_bypass=yes try "$domain with the bypass" "${visitor[@]}"; else try "$domain" "${visitor[@]}"; fi
fi
