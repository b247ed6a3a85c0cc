stuck() { # STEP
    tail -n 6 "$log" >&2
    fail "migration $1 failed; all it said is in $log. Mend it and release again."
}
