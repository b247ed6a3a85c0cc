[ -e "/usr/share/zoneinfo/$timezone" ] || fail "host_timezone: this host knows no time zone $timezone"
if [ -n "$host_name" ]; then
    hostname --file /etc/hostname
    if [ -d /etc/cloud/cloud.cfg.d ]; then
        printf '%s\n' '# Managed by Changeover. Changes made here are overwritten.' 'preserve_hostname: true' 'manage_etc_hosts: false' | install_file /etc/cloud/cloud.cfg.d/99-changeover.cfg 0644 root:root
    fi
fi
own=$(cat /proc/sys/kernel/hostname)
if ! getent -s files hosts "$own" > /dev/null; then
    short=${own%%.*}; [ "$short" != "$own" ] || short=
    { [ ! -e /etc/hosts ] || sed '/^127\.0\.1\.1[[:space:]]/d' /etc/hosts; echo "127.0.1.1 $own${short:+ $short}"; } | install_file /etc/hosts 0644 root:root
fi
if [ "$(readlink /etc/localtime)" != "/usr/share/zoneinfo/$timezone" ]; then
    switch_link "/usr/share/zoneinfo/$timezone" /etc/localtime
    systemctl --quiet try-restart cron.service rsyslog.service 2> /dev/null || true # they keep the zone that they began with
fi
case $locale in
    C.*) ;;
    *)
        if ! LC_ALL=$locale locale charmap 2> /dev/null | grep -qx UTF-8; then
            grep -q "^$locale " /usr/share/i18n/SUPPORTED || fail "host_locale: this host knows no locale $locale"
            { sed "/^$locale /d" /etc/locale.gen; echo "$locale UTF-8"; } | install_file /etc/locale.gen 0644 root:root
            quietly locale-gen
        fi
        ;;
esac
# newer systems keep the file elsewhere, behind a link
file=$(readlink -m /etc/default/locale)
{ [ ! -e "$file" ] || sed '/^LANG=/d' "$file"; echo "LANG=$locale"; } | install_file "$file" 0644 root:root
