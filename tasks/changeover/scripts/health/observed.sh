site=(--app "$app" --domain "$domain")
[ -e "$site_enabled" ] || site+=(--socket "$socket" --scheme "$scheme")
! by_https || site+=(--certificate "$certificate/fullchain.pem")
[ ! -e "$maintenance" ] || site+=(--bypass "$bypass")
failed=
"$programs/expect" pages "${site[@]}" <<< "$pages" || failed=yes
own_processes | "$programs/expect" code --root "$root" --release "$release" || failed=yes
# last, as a page that fails is logged
"$programs/expect" log "${log[@]}" --user "$app" --marked "$marked" --after "$began" <<< "$errors" || failed=yes
[ -z "$failed" ]
