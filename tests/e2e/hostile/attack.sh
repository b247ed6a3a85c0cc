#!/bin/sh
# What a hostile repository tries while its packages are installed and while it is built. Each thing
# that works is a line in the file that is named; its environment is written beside.
out=$1
reached() { echo "REACHED $*" >> "$out"; }
: > "$out"
env | sort > "$out.env"
id -un > "$out.user"

for place in /etc/shadow /etc/changeover/playmaker/deploy_key /etc/changeover/hello \
    /srv/hello /srv/playmaker/shared /srv/playmaker/shared/.env /srv/playmaker/repository.git /var/backups/changeover \
    /var/lib/changeover/playmaker /var/cache/changeover/hello /root /home/admin /run/changeover-locks /run/changeover \
    /var/log/journal /etc/nginx /etc/ssh/sshd_config; do
    { [ -d "$place" ] && ls "$place"/*; } > /dev/null 2>&1 && reached "list $place"
    { [ -f "$place" ] && cat "$place"; } > /dev/null 2>&1 && reached "read $place"
done
for place in / /etc /etc/cron.d /srv /srv/hello /srv/hello/builds /srv/playmaker /srv/playmaker/releases \
    /srv/playmaker/releases/* /srv/playmaker/environments /srv/playmaker/builds /srv/playmaker/shared \
    /var/lib/changeover /var/cache/changeover /var/spool/cron /usr/local/bin /usr/local/lib/changeover /opt/changeover /run; do
    touch "$place/attack" 2> /dev/null && reached "write $place"
done
ln -sfn /etc/cron.d /srv/hello/builds 2> /dev/null && reached "a link in place of another app's folder"
mv /srv/playmaker/current /srv/playmaker/gone 2> /dev/null && reached "the link that serves"

for process in /proc/[0-9]*; do
    [ "$(stat -c %u "$process" 2> /dev/null || id -u)" = "$(id -u)" ] || reached "see $process"
done
for socket in /run/changeover/hello/hello.sock /run/changeover/playmaker/playmaker.sock /run/dbus/system_bus_socket /run/systemd/private; do
    python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$socket" 2> /dev/null && reached "$socket"
done
cp /bin/sh ./shell && chmod 4755 ./shell 2> /dev/null && reached "a set-id bit"
rm -f ./shell
echo '* * * * * id' | crontab - 2> /dev/null && reached "cron"
unshare -U true 2> /dev/null && reached "a namespace of its own"
python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).ptrace(16, 1, 0, 0) != 0)' 2> /dev/null && reached "ptrace"
python3 -c 'import os; os.setxattr(".", "trusted.x", b"x")' 2> /dev/null && reached "a trusted attribute"
[ -e "$HOME/.npmrc" ] && reached "the home of an earlier run"
echo 'registry=http://127.0.0.1/' > "$HOME/.npmrc"
[ -e /tmp/left ] && reached "the /tmp of an earlier run"
touch /tmp/left /dev/shm/left
# what shall outlive the step
(setsid sh -c 'while :; do sleep 1; echo later >> late; done' < /dev/null > /dev/null 2>&1 &)
if [ "${2:-}" = without-network ]; then
    python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], 22), 2)' "$3" 2> /dev/null && reached "the network"
fi
exit 0
