# what all apps of a host share, one provisioning makes at a time: beside the lock that each app has of its own
make_alone() { # LOCK
    install -d -m 0700 "$(dirname "$1")"
    exec 8>> "$1"
    flock -n 8 && return
    echo "waits for another provisioning of this host, 600 s at most" >&2
    flock -w 600 8 || fail "another provisioning of this host still works after 600 s (see: fuser -v $1): nothing was changed; run this again after its end"
}
