# A function that tells whether the changeover had one of some steps.
# Given: nothing.
# Set before: steps (by the host, which knows the journal).
touched() { # STEP...
    local step name
    for step in $steps; do
        for name; do [ "${step#*-}" != "$name" ] || return 0; done
    done
    return 1
}
