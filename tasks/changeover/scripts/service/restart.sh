# what is logged from here on is this release's
"$programs/expect" mark --unit "$unit" --user "$owner" --into "$marked" -- "${logs[@]}"
rm -f "$quiesced"; sync "$(dirname "$quiesced")"
systemctl reset-failed "$unit" "$socket_unit" 2> /dev/null || true
"$programs/units" "$socket_job" "$socket_unit" || fail "$socket_unit does not start: $(journalctl -q -u "$socket_unit" -n 5 --no-pager -o cat)"
"$programs/units" restart "$unit" || { last_lines; fail "$unit does not start"; }
