# Restarts the app.
# Given: journals, logs, marked, owner, programs, quiesced.
# what is logged from here on is this release's
"$programs/expect" mark "${journals[@]}" --user "$owner" --into "$marked" -- "${logs[@]}"
rm -f "$quiesced"; sync "$(dirname "$quiesced")"
start_processes
