site=(--app "$app" --domain "$domain")
[ -e "$site_enabled" ] || site+=(--socket "$socket" --scheme "$scheme")
! by_https || site+=(--certificate "$certificate/fullchain.pem")
[ ! -e "$maintenance" ] || site+=(--bypass "$bypass")
failed=
"$programs/expect" pages "${site[@]}" <<< "$pages" || failed=yes
"$programs/expect" code --unit "$unit" --root "$root" --release "$release" || failed=yes
# last, as a page that fails is logged
"$programs/expect" log --unit "$unit" --user "$app" --marked "$marked" --after "$began" <<< "$errors" || failed=yes
[ -z "$failed" ]
