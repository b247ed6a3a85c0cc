# Opens the site.
# Given: journal, maintenance.
[ -z "$journal" ] || [ ! -d "$journal" ] || fail "an interrupted changeover is not undone yet: $journal (deploys/undo.py)"
rm -f "$maintenance"
sync "$(dirname "$maintenance")"
