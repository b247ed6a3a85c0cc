. /etc/os-release && echo "system $ID $VERSION_ID" && echo "codename ${VERSION_CODENAME:-unknown}"
[ ! -d /run/systemd/system ] || echo "systemd yes"
echo "uid $(id -u)"
echo "memory $(awk '$1 == "MemTotal:" {print $2}' /proc/meminfo)"
echo "cores $(nproc)"
echo "user ${SUDO_USER:-$(id -un)}"
# sudo takes it out of the environment, so it is sought among those who called
process=$$
while [ "${process:-1}" -gt 1 ]; do
    found=$(tr '\0' '\n' < "/proc/$process/environ" | sed -n 's/^SSH_CONNECTION=//p')
    [ -z "$found" ] || { echo "connection $found"; break; }
    process=$(awk '$1 == "PPid:" {print $2}' "/proc/$process/status")
done
echo end
