# a probe follows every step that acts, so nothing here starts a process for each file or folder
first_line() { local line=; IFS= read -r line < "$1"; printf '%s\n' "$line"; }

# first, and only while nobody works on the app: whoever begins to gives the lock another time
section lock
[ ! -e "$lock" ] || flock -n -s "$lock" stat -c 'stamp %.9Y' "$lock"
section environment
# a file that is not root's own is the app's, which may have put anything there: it is read as the app
own() { [ -O "$1" ] && [ -f "$1" ] && [ ! -L "$1" ]; }
settings() { if own "$1"; then cat "$1"; elif [ -f "$1" ]; then read_plain "$1"; fi; } # FILE
told() { read_environment look "$database_key" "$public_prefix"; }
known=
if [ -f "$env_file" ]; then
    stat -c 'mode %a %U %G' "$env_file"
    # a section that nobody knows says that the answer is none
    known=$(settings "$env_file" | told) || section 'cut short: the look at the environment failed: does python3 run there?'
fi
# lines that are wrong by their numbers only: they may hold a part of a secret
grep -E '^(key|unread) ' <<< "$known"
find "$state/environments" -maxdepth 1 -name '*.env' -printf 'kept %p\n' | sort
source=$env_file
if [ -f "$candidate" ]; then source=$candidate; known=$(told < "$candidate"); fi
grep '^public ' <<< "$known"
url=$(sed -n 's/^url //p' <<< "$known")
# in one line, with its status; an app may answer without end, and then says nothing
answer() { # CURL-ARGUMENTS...
    local LC_ALL=C said
    said=$(curl -s -o - -w ' %{http_code}' "$@" | head -c 131073)
    # cut short, it may end in anything
    if [ "${#said}" -gt 131072 ] || ! [[ $said =~ \ [0-9]{3}$ ]]; then echo '{} 000'; else tr -d '\n' <<< "$said"; fi
}
# what takes its time is asked at once
exec {data}< <(tell_data)
exec {service}< <(
section unit
# a block each, in this order, with an empty line between them
units=$(systemctl show -p ActiveState,UnitFileState,NeedDaemonReload,MainPID,ExecMainStartTimestampMonotonic "$unit" "$socket_unit" nginx.service \
    | awk 'BEGIN {split("service socket nginx", names); block = 1} !NF {block++; next} {print names[block], $0}')
grep -E '^(service|socket) ' <<< "$units"
pid=$(sed -n 's/^service MainPID=//p' <<< "$units")
# the app names its own folders; a server may enter one of its release's
if [ "${pid:-0}" != 0 ]; then
    cwd=$(readlink "/proc/$pid/cwd")
    case $cwd in "$releases"/*) cwd=${cwd#"$releases"/}; cwd=${cwd%%/*} ;; esac
    echo "running $(basename "$cwd" | tr -cd 'A-Za-z0-9._-')"
fi
boot='' seconds=''; [ ! -f "$activated" ] || read -r boot seconds < "$activated"
if [ "$boot" = "$(< /proc/sys/kernel/random/boot_id)" ] && [ "${pid:-0}" != 0 ]; then
    awk -v "activated=$seconds" -F= '/^service ExecMainStartTimestampMonotonic=/ {exit !($2 < activated * 1000000)}' <<< "$units" && echo "older yes"
fi
section started
# the app's own words: they may have no end, or look like another section
read_plain "$started" | head -c 4096 | grep -aE '^[a-z]+=[A-Za-z0-9:._-]*$'
section flags
[ ! -e "$maintenance" ] || { why=$(first_line "$maintenance"); echo "maintenance ${why:-by hand}"; }
[ ! -e "$quiesced" ] || echo quiesced
section site
[ ! -f "$state/site.loaded" ] || echo "loaded $(cat "$state/site.loaded")"
[ ! -L "$site_enabled" ] || echo "enabled $(readlink "$site_enabled")"
! grep -qx 'nginx ActiveState=active' <<< "$units" || echo "nginx active"
if command -v nginx > /dev/null; then
    whole=$(nginx -T 2>&1) && echo "valid yes" || echo "invalid $(grep -m 1 -F '[emerg]' <<< "$whole")"
    awk '/^# configuration file /{file = $4; sub(/:$/, "", file); inside = 0; next}
        {
            sub(/(^|[ \t])#.*/, ""); gsub(/[{};]/, " & ")
            for (i = 1; i <= NF; i++)
                if ($i == "server_name") inside = 1
                else if ($i ~ /^[{};]$/) inside = 0
                else if (inside) print "name", file, $i
        }' <<< "$whole"
fi
# nginx shows challenges by the app's site, or by a site for all names that have none of their own
if [ -e "$site_enabled" ]; then
    ! grep -qF "root $webroot;" "$site_enabled" || echo "challenges yes"
else
    awk -v root="root $webroot;" '/^# configuration file /{all = shows = 0} / default_server|server_name _;/{all = 1} index($0, root){shows = 1} all && shows {found = 1} END {exit !found}' <<< "${whole:-}" && echo "challenges yes"
fi
if [ -d "$certificates" ] || [ -f "$renewal" ]; then
    echo "certificate $("$programs/certificate" look --folder "$certificates" --lineage "$lineage" --site "$site_enabled")"
    ! systemctl --quiet is-enabled certbot.timer || ! systemctl --quiet is-active certbot.timer || echo "timer yes"
fi
section health
# behind the socket of an app that does not run, a question would only wait
as_arrived "$health_path"
[ ! -S "$socket" ] || ! grep -qx 'service ActiveState=active' <<< "$units" || echo "app $(answer -m 5 "${arrived[@]}" "$url")"
as_visitor "$health_path"
! command -v curl > /dev/null || echo "site $(answer -m 2 "${visitor[@]}" "$url")"
)
section host
echo "uid $(id -u)"
. /etc/os-release && echo "system $ID $VERSION_ID"
[ ! -d /run/systemd/system ] || echo "systemd yes"
echo "own $(hostname -I)"
echo "clock $(date +%s)"
disk=/srv; [ -d "$disk" ] || disk=/
df -Pk "$disk" | awk 'NR == 2 {print "free_kilobytes " $4}'
for folder in "${state%/*}"/*/{undo,redo}.d; do [ ! -d "$folder" ] || { folder=${folder%/*}; echo "open ${folder##*/}"; }; done
section packages
dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" | awk '$1 == "installed" {print $2}'
section users
getent passwd "$fetch_user" "$build_user" "$app"
section files
sum "$programs"/* "$programs"/host/*.py "$programs"/host/*/*.py /etc/systemd/system/changeover-*.{service,timer} "$guard" "$pages"/* "$configuration"/* "$unit_file" "$socket_unit_file" "$site" "$include" "$candidate"
if own "$env_file"; then sum "$env_file"; elif [ -f "$env_file" ]; then read_plain "$env_file" | sha256sum | sed "s,-\$,$env_file,"; fi
section paths
stat -c '%n %U %G %a' "$root" "$releases" "$shared" "$environments" "$builds" "$state" "$backups" "$configuration" "$mirror" "$cache"
section foreign
[ ! -d "$root" ] || [ -e "$root/.changeover" ] || [ -z "$(ls -A "$root")" ] || echo "directory $root"
for file in /lib/systemd/system/"$unit" /lib/systemd/system/"$socket_unit"; do [ ! -e "$file" ] || echo "file $file"; done
for file in "$unit_file" "$socket_unit_file" "$site"; do
    [ ! -e "$file" ] || case $(first_line "$file") in "# Managed by Changeover for $app."*) ;; *) echo "file $file" ;; esac
done
section tools
for record in "$uv"/lib/python3*/site-packages/uv-*.dist-info/RECORD; do
    # pip writes it last
    if [ -f "$record" ] && [ -x "$uv/bin/uv" ]; then name=${record%.dist-info/RECORD}; echo "uv ${name##*/uv-}"; fi
done
for file in "$node"/*/version; do
    [ ! -f "$file" ] || { folder=${file%/version}; echo "node ${folder##*/} $(first_line "$file")"; }
done
section releases
for folder in "$releases"/*/; do
    [ -f "$folder/.changeover/release.json" ] || continue
    name=${folder%/}; name=${name##*/}
    text=$(< "$folder/.changeover/release.json")
    echo "release $name ${text//$'\n'/}"
    [ ! -f "$folder/.changeover/migrations.json" ] || { text=$(< "$folder/.changeover/migrations.json"); echo "migrations $name ${text//$'\n'/}"; }
done
# a link of a commit may have any name and lead anywhere; none of ours has what would look like another line
plain_links() { { grep -zaxE $'link [^[:cntrl:]]+\t[^[:cntrl:]]+\t[^[:cntrl:]]+' || [ $? = 1 ]; } | tr '\0' '\n'; }
(cd "$releases" && find ./*/ -type l \( -lname '*/environments/*' -o -lname '*/builds/*' -o -lname '*../shared/*' \) -printf 'link %H\t%P\t%l\0') | plain_links | sed 's,^link ./,link ,; s,/\t,\t,'
[ ! -L "$current" ] || echo "current $(basename "$(readlink "$current")")"
ls -1A "$releases" | sed -n 's/^\./unfinished ./p'
section environments
for folder in "$environments"/*/ "$builds"/*/; do
    [ ! -f "$folder/.complete" ] || { name=${folder%/}; echo "${name##*/}"; }
done
section sizes
# what is complete never changes: its size was noted then, and is counted only where it was not
size() { # FOLDER FILE
    local kilobytes=; read -r kilobytes < "$2"
    echo "${kilobytes:-$(du -sk "$1" | cut -f 1)} ${1%/}"
}
for folder in "$releases"/*/; do [ ! -d "$folder" ] || size "$folder" "$folder.changeover/kilobytes"; done
for folder in "$environments"/*/ "$builds"/*/; do [ ! -f "$folder.complete" ] || size "$folder" "$folder.complete"; done
find "$backups" -maxdepth 1 -type f -printf '%k %p\n'
if [ -d "$modules" ] || [ -d "$large" ]; then du -sk "$modules" "$large" | tr '\t' ' '; fi
section leftovers
# of a step that did not come to its end
find "$environments" "$builds" -mindepth 1 -maxdepth 1 -type d | while read -r folder; do
    [ -f "$folder/.complete" ] && [[ ${folder##*/} != .* ]] || echo "$folder"
done
# the app itself names files in shared, as many as it likes: a line break in a name would make two lines
find "$root" "$state" "$state/environments" "$configuration" "$shared" -maxdepth 1 -name '*.changeover.*' ! -name $'*\n*' | sed -n 1,1000p
find /etc/systemd/system /etc/nginx/sites-{available,enabled} /etc/nginx/changeover "$includes" -maxdepth 1 \( -name "$app.*.changeover.*" -o -name ".$app.*.changeover.*" -o -name "$app-*.changeover.*" \)
cat <&"$data"
cat <&"$service"
section end
