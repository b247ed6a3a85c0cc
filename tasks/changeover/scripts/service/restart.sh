# Restarts the app.
# Given: log, logs, marked, owner, programs, quiesced.
# what is logged from here on is this release's
"$programs/expect" mark "${log[@]}" --user "$owner" --into "$marked" -- "${logs[@]}"
rm -f "$quiesced"; sync "$(dirname "$quiesced")"
start_processes
