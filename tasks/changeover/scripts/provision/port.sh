# Gives the app a port of its own: the one that its settings name, or the first that nobody has.
# Given: app, begin, file, first, last, shared_lock, states, wanted.
make_alone "$shared_lock"
owner_of() { # PORT
    local state
    for state in "$states"/*/"$file"; do
        if [ "$state" != "$states/$app/$file" ] && [ -f "$state" ] && [ "$(< "$state")" = "$1" ]; then
            basename "$(dirname "$state")"
            return
        fi
    done
}
answers() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; } # PORT
if [ "$wanted" != 0 ]; then
    other=$(owner_of "$wanted")
    [ -z "$other" ] || fail "${app}_port: $wanted is the port of $other on this host; give another one, or none: then one is chosen"
    chosen=$wanted
else
    chosen=
    for port in $(seq "$begin" "$last") $(seq "$first" "$begin"); do
        if [ -z "$(owner_of "$port")" ] && ! answers "$port"; then chosen=$port; break; fi
    done
    [ -n "$chosen" ] || fail "every port from $first to $last is taken on this host; give ${app}_port"
fi
install_file "$states/$app/$file" 0644 root:root <<< "$chosen"
