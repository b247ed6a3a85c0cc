units=$(for unit in chrony ntpsec systemd-timesyncd; do [ -z "$(systemctl list-unit-files --no-legend "$unit.service")" ] || echo "$unit"; done)
if [ -z "$units" ]; then
    export DEBIAN_FRONTEND=noninteractive
    quietly apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends systemd-timesyncd \
        || fail "apt-get cannot install systemd-timesyncd; /var/log/apt/term.log has all that it said"
    units=systemd-timesyncd
fi
unit=${units%%$'\n'*}
systemctl --quiet unmask "$unit"
systemctl --quiet enable --now "$unit"
[ "$(systemctl is-active "$unit" || true)" = active ] || systemd-detect-virt -cq || fail "$unit does not run: systemctl status $unit"
