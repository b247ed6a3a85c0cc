stuck() { # STEP
    tail -n 6 "$log" >&2
    fail "migration $1 failed; all it said is in $log. Mend it, then run this again."
}
# nothing is written before the way back is known to be there
prepare() {
    [ -x "$release_path/.venv/bin/python" ] || fail "$release_path has no Python environment"
    ! holds_data || [ -n "$manifest" ] || fail "$database holds data but has no verified backup of exactly this state; it was written to since, or no backup was taken"
    install -m 0600 /dev/null "$log"
    found=$(revisions 2>> "$log") || stuck "${steps[0]}"
}
# one step; then the database must say what it said before, with the step's gains and without its drops
move() { # ENGINE-FUNCTION INDEX
    local step=${steps[$2]} expected
    expected=$(printf '%s\n' "$found" "${gains[$2]}" | grep -vxF -e "${drops[$2]}" -e '' | sort -u || true)
    "$1" "${to[$2]}" >> "$log" 2>&1 || stuck "$step"
    found=$(revisions 2>> "$log") || stuck "$step"
    [ "$found" = "$expected" ] || { echo "after $step the database says revision '${found//$'\n'/ }' instead of '${expected//$'\n'/ }'" >> "$log"; stuck "$step"; }
}
