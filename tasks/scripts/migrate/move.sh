stuck() { # STEP
    tail -n 6 "$log" >&2
    fail "migration $1 failed; all it said is in $log. Mend it, then run this again."
}
# nothing is written before the way back is known to be there
prepare() {
    [ -x "$release_path/.venv/bin/python" ] || fail "$release_path has no Python environment"
    [ -n "$manifest" ] || require_new
    install -m 0600 /dev/null "$log"
    found=$(revisions 2>> "$log") || stuck "${steps[0]}"
}
require_new() {
    local found; found=$(holds_data) || found=unknown
    case $found in
        no) ;;
        yes) fail "$database holds data but has no verified backup of exactly this state; it was written to since, or no backup was taken" ;;
        *) fail "nobody can tell whether ${database:-the database} holds data, so nothing was migrated; see that its server answers, then run this again" ;;
    esac
    # for the undo: what is in it from here on, the migrations made
    : > "$new_database"; sync "$new_database" "$(dirname "$new_database")"
}
# one step; then the database must say what it said before, with the step's gains and without its drops
move() { # ENGINE-FUNCTION INDEX
    local step=${steps[$2]} expected
    expected=$(printf '%s\n' "$found" "${gains[$2]}" | grep -vxF -e "${drops[$2]}" -e '' | sort -u || true)
    "$1" "${to[$2]}" >> "$log" 2>&1 || stuck "$step"
    found=$(revisions 2>> "$log") || stuck "$step"
    [ "$found" = "$expected" ] || { echo "after $step the database says revision '${found//$'\n'/ }' instead of '${expected//$'\n'/ }'" >> "$log"; stuck "$step"; }
}
