# Installs Debian packages.
# Given: packages.
export DEBIAN_FRONTEND=noninteractive
# another apt (unattended upgrades, cloud-init) is waited for: dpkg's lock by apt itself, that of the lists by trying again
for attempt in $(seq 60); do
    if said=$(apt-get -q update 2>&1); then break; fi
    grep -q 'Could not get lock' <<< "$said" || { essence <<< "$said" >&2; fail "apt-get update failed"; }
    [ "$attempt" -lt 60 ] || fail "another apt holds its lock for five minutes"
    sleep 5
done
# after a loss of power amid an installation apt refuses everything until this is done
if [ -n "$(ls -A /var/lib/dpkg/updates)$(dpkg --audit)" ]; then
    for attempt in $(seq 60); do
        if said=$(dpkg --force-confold --configure -a 2>&1); then break; fi
        grep -q 'lock' <<< "$said" || break # what lacks other packages, apt completes
        sleep 5
    done
fi
quietly apt-get -q -y --fix-broken -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install --no-install-recommends "${packages[@]}" \
    || fail "apt-get cannot install ${packages[*]}; /var/log/apt/term.log has all that it said"
