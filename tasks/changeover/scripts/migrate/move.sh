# Functions that apply migrations or take them back, and see what the database says then.
# Given: database, drops, gains, log, manifest, new_database, steps, to.
stuck() { # STEP [STATUS]
    # what it said is no line of ours
    tail -n 6 "$log" | sed 's/^@@/ @@/' >&2
    fail "migration $1 failed$(killed "${2:-1}" | paste -sd " "); all it said is in $log. Mend it, then run this again."
}
# nothing is written before the way back is known to be there
prepare() {
    require_engine
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
# every step, in one process of the engine's, which looks after each; then the database must say what all of them leave
move_all() {
    local now=${steps[0]} mark
    mark=$(head -c 16 /dev/urandom | base64)
    rm -f "$log.step" # of an earlier version
    shopt -s lastpipe # so that what is told stays known here
    upgrade_all "$mark" "${steps[@]}" 2>> "$log" | tell || stuck "$now" $?
    found=$(moved 0)
    arrived "$found" "${steps[-1]}"
}
tell() {
    local line at=0
    while IFS= read -r line; do
        [[ $line = "@@step $mark "* ]] || continue
        at=$((at + 1)) now=${line#"@@step $mark "}
        printf '@@now applying %s of %s: %s\n' $at ${#steps[@]} "$now"
    done
}
# one step by itself
move() { # ENGINE-FUNCTION INDEX
    "$1" "${to[$2]}" >> "$log" 2>&1 || stuck "${steps[$2]}" $?
    found=$(moved "$2")
    arrived "$found" "${steps[$2]}"
}
# what the database says after a step: what it said before, with the step's gains and without its drops
moved() { printf '%s\n' "$found" "${gains[$1]}" | grep -vxF -e "${drops[$1]}" -e '' | sort -u || true; } # INDEX
arrived() { # EXPECTED STEP
    local says
    says=$(revisions 2>> "$log") || stuck "$2"
    [ "$says" = "$1" ] || { echo "after $2 the database says revision '${says//$'\n'/ }' instead of '${1//$'\n'/ }'" >> "$log"; stuck "$2"; }
}
