# shellcheck disable=SC2154 # steps comes from the undo: what was journalled, also what never acted
touched() { # STEP...
    local step name
    for step in $steps; do
        for name; do [ "${step#*-}" != "$name" ] || return 0; done
    done
    return 1
}
