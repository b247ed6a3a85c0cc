# The firewall: load (at boot too), unload, note where sshd listens, say how it differs.
loaded() { nft list table inet "$table" > /dev/null 2>&1; }
unload() { ! loaded || nft delete table inet "$table"; }

# another firewall that is in force here, nothing if there is none; fails where nobody can tell
other() {
    local told
    if [ -e /etc/ufw/ufw.conf ] && command -v ufw > /dev/null; then
        told=$(< /etc/ufw/ufw.conf)
        if grep -qx 'ENABLED=yes' <<< "$told"; then echo "ufw"; return; fi
    fi
    # of a unit that is not there it says so too
    told=$(systemctl show -p ActiveState -p UnitFileState firewalld.service)
    grep -q '^ActiveState=.' <<< "$told" || fail "systemd does not say whether firewalld is in force"
    if grep -qxE 'ActiveState=(active|activating|reloading)|UnitFileState=enabled.*' <<< "$told"; then echo "firewalld"; return; fi
    # a chain that drops or rejects what no rule of its own lets in
    nft -s -t list ruleset | awk -v ours="inet $table" '
        $1 == "table" { name = $2 " " $3; input = 0 }
        $1 == "chain" { input = 0 }
        / hook input / { input = 1 }
        name == ours || !input { next }
        / hook input .*policy drop;/ || /^[[:space:]]+(counter )?(drop|reject)( |$)/ { print "table " name; exit }'
}

# the ports of sshd: the one that was connected to, and those that it, or systemd for it, listens on
ssh_ports() {
    local main; main=$(systemctl show -P MainPID ssh.service 2> /dev/null || true)
    {
        echo "$ssh_port"
        # not those of its children, which listen for what is forwarded through them
        [ "${main:-0}" = 0 ] || ss -Htlnp | awk -v pid="pid=$main," 'index($0, pid) { count = split($4, part, ":"); print part[count] }'
        ! systemctl -q is-active ssh.socket || systemctl show -P Listen ssh.socket | sed -n 's/^.*:\([0-9]*\) (Stream)$/\1/p;s/^\([0-9]*\) (Stream)$/\1/p'
        # what it will listen on when it is started again
        [ ! -d /run/sshd ] || sshd -T 2> /dev/null | awk '$1 == "port" { print $2 }'
    } | sort -nu | paste -sd, | sed 's/,/, /g'
}

note() {
    local wanted; wanted="define ssh_ports = { $(ssh_ports) }"
    [ "$(cat "$ports" 2> /dev/null || true)" = "$wanted" ] || install_file "$ports" 0644 root:root <<< "$wanted"
}

load() {
    local found; found=$(other)
    if [ -n "$found" ]; then
        unload
        echo "$found is in force: the rules of $rules are not loaded beside it"
        return
    fi
    [ -s "$ports" ] || note
    nft -c -f "$rules" || fail "nft refuses $rules; what was in force still is"
    # one transaction, so that there is no moment without rules
    nft -f "$rules"
}

# who knocked lately is no difference
listing() { nft -s list table inet "$table" | awk '
    /^\tset / { dynamic = 0 }
    /flags .*dynamic/ { dynamic = 1 }
    dynamic && /elements = \{/ { skip = 1 }
    !skip
    skip && /\}/ { skip = 0 }'; }

# the rules as this nft would show them, loaded where no packet ever comes
wanted() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --net -- sh -c 'nft -f "$1" && nft -s list table inet "$2"' sh "$rules" "$table"
}

differences() {
    local from=$1 to=$2
    { diff <(printf '%s\n' "$from") <(printf '%s\n' "$to") || true; } | sed -n 's/^< *\t*/missing: /p;s/^> *\t*/not ours: /p' | paste -sd'|' | sed 's/|/; /g' | cut -c1-400
}

state() {
    local found from to
    found=$(other) || { echo "unknown, as nobody can tell whether another firewall is in force"; return; }
    if [ -n "$found" ]; then
        if loaded; then echo "in force beside $found"; else
            echo "cannot: $found is in force, and two firewalls would each have to let a packet in; take it away (ufw disable, systemctl disable --now firewalld, nft delete table) and run this again"
        fi
        return
    fi
    loaded || { echo "not in force"; return; }
    systemctl -q is-enabled "$unit" 2> /dev/null || { echo "not loaded at boot"; return; }
    to="define ssh_ports = { $(ssh_ports) }"
    [ "$(cat "$ports" 2> /dev/null || true)" = "$to" ] || { echo "closed where sshd listens ($to)"; return; }
    from=$(wanted) || { echo "unknown, as nft does not read $rules"; return; }
    to=$(listing)
    if [ "$from" = "$to" ]; then echo "in force"; else echo "changed ($(differences "$from" "$to"))"; fi
}

case ${1-} in
    load | unload | note | state) "$1" ;;
    *) fail "usage: firewall load|unload|note|state" ;;
esac
