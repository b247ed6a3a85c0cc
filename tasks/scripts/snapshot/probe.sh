# a probe follows every step that acts, so nothing here starts a process for each file or folder
first_line() { local line=; IFS= read -r line < "$1"; printf '%s\n' "$line"; }

# first, and only while nobody works on the app: whoever begins to gives the lock another time
section lock
[ ! -e "$lock" ] || flock -n -s "$lock" stat -c 'stamp %.9Y' "$lock"
section environment
# a file that is not root's own is the app's, which may have put anything there: it is read as the app
own() { [ -O "$1" ] && [ -f "$1" ] && [ ! -L "$1" ]; }
settings() { # FILE
    if own "$1"; then cat "$1"; elif [ -f "$1" ]; then timeout 5 runuser -u "$app" -- head -c 1000000 -- "$1"; fi
}
text=$(settings "$env_file")
[ ! -f "$env_file" ] || { stat -c 'mode %a %U %G' "$env_file"; printf '%s\n' "$text" | sed -nE 's/^(export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=.*/key \2/p'; }
find "$state/environments" -maxdepth 1 -name '*.env' -printf 'kept %p\n' | sort
source=$env_file
if [ -f "$candidate" ]; then source=$candidate; text=$(cat "$candidate"); fi
[ -z "$public_prefix" ] || printf '%s\n' "$text" | grep -aE "^(export[ \t]+)?$public_prefix" | sed 's/^/public /'
# what takes its time is asked at once
exec {data}< <(
section database
url=$(printf '%s\n' "$text" | sed -nE "s/^(export[ \t]+)?${database_key}[ \t]*=[ \t]*//p" | tail -n 1 | sed -E "s/^[\"'](.*)[\"']\$/\1/")
server=
case $url in
    sqlite:///*) echo "url $url" ;;
    postgres*://*)
        # neither the password nor what follows the name: both may be secret
        echo "url $(sed -E 's,\?.*,,; s,//([^:@/]*).*@,//\1@,' <<< "$url")$(sed -nE 's,.*[?&](host=[^&]*).*,?\1,p' <<< "$url")"
        [ ! -x "$programs/postgres_backup" ] || server=$("$programs/postgres_backup" revisions --environment "$source" --key "$database_key" --superuser postgres)
        ;;
    ?*) echo "url other" ;;
esac
database=$(sed -nE 's#^sqlite:////#/#p; s#^sqlite:///(\./)?([^/])#\2#p' <<< "${url%%\?*}")
case $database in ''|/*) ;; *) database=$shared/$database ;; esac
find "$backups" -maxdepth 1 -name '*.zst' -mmin +60 | while read -r artefact; do
    [ -e "${artefact%.*.zst}.json" ] || echo "orphan $artefact"
done
python3 -IS - "$database" "$backups" "$state" "$lock" "$server" "$app" <<'PYTHON' || section changeover
import fcntl, json, os, pwd, resource, select, signal, sqlite3, sys, time
from datetime import datetime  # sqlite3 has it anyway
database, backups, state, lock, server, app = sys.argv[1:]
def as_app(act):
    """Return what is found as the app's user, who wrote all that is read there; root reads JSON."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.closerange(3, writer)
            os.closerange(writer + 1, 256)
            if os.geteuid() == 0:
                user = pwd.getpwnam(app)
                os.initgroups(user.pw_name, user.pw_gid)
                os.setgid(user.pw_gid)
                os.setuid(user.pw_uid)
                for what, most in ((resource.RLIMIT_NPROC, 0), (resource.RLIMIT_AS, 4 << 30), (resource.RLIMIT_CORE, 0)):
                    resource.setrlimit(what, (most, most))
            said = json.dumps(act()).encode()
            while said:
                said = said[os.write(writer, said):]
        finally:
            os._exit(0)
    os.close(writer)
    said, ends = b"", time.monotonic() + 10
    while len(said) < 1 << 20 and select.select([reader], [], [], max(0, ends - time.monotonic()))[0]:
        part = os.read(reader, 1 << 16)
        if not part:
            break
        said += part
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return json.loads(said)
def stat(path):
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if path.endswith("-wal") and not found.st_size:
        return None  # an empty log says nothing, as sqlite_backup's fingerprint knows too
    return {"inode": found.st_ino, "size": found.st_size, "mtime_ns": found.st_mtime_ns}
def revision(path):
    with open(path, "rb") as file:
        header = file.read(20)
    if not header:
        return []
    clean_wal = header[18:19] == b"\2" and not os.path.exists(path + "-wal")
    how = "immutable=1" if clean_wal else "mode=ro"
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect("file:" + quoted + "?" + how, uri=True, timeout=2)
    tables = {name for (name,) in connection.execute("select name from sqlite_master")}
    said = {"alembic_version": "version_num", "django_migrations": "app || '.' || name"}
    queries = [f"select {said[table]} from {table}" for table in tables & said.keys()]
    return sorted(row[0] for query in queries for row in connection.execute(query))
def plain(path):
    if os.path.lexists(path) and not os.path.isfile(path):
        real = os.path.realpath(path)
        led = f" and leads to {real}, which is not the app's" if real != path else ""
        raise OSError(f"{path} is no file{led}: look at it, and put the file itself there")
def look():
    found = {"path": database, "fingerprint": None, "error": None}
    try:
        for path in (database, database + "-wal", database + "-shm", database + "-journal"):
            plain(path)
        if not os.path.lexists(database):
            return None
        found |= {"revision": revision(database)}
    except (sqlite3.Error, OSError) as error:
        return found | {"error": str(error)}
    files = {"database": stat(database), "wal": stat(database + "-wal")}
    return found | {"fingerprint": files, "kilobytes": sum(f["size"] for f in files.values() if f) // 1024}
def aside():
    """Return what an undo or a restore set aside, and since when: a rename changes the ctime alone."""
    found = []
    try:
        for entry in os.scandir(os.path.dirname(database)):
            name = os.path.basename(database)
            if not entry.name.startswith((f"{name}.undone-", f"{name}.replaced-")) or not entry.name.isprintable():
                continue
            if entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                found.append([status.st_ctime, status.st_blocks // 2, entry.path])
    except OSError:
        pass
    return found[:1000]
if database:
    try:
        found, kept = as_app(lambda: [look(), aside()])
    except (ValueError, OSError):
        found, kept = {"path": database, "fingerprint": None, "error": f"it could not be read as the user {app} within 10 s"}, []
    if found:
        print("database", json.dumps(found))
    for since, kilobytes, path in kept:
        if "\n" not in str(path):
            print("aside", float(since), int(kilobytes), path)
told = json.loads(server) if server else {"exists": False}
if told["exists"] is not False:
    found = {key: told[key] for key in ("fingerprint", "error")}
    found |= {"path": told["database"], "revision": told["revisions"], "kilobytes": (told["size"] or 0) // 1024}
    print("database", json.dumps(found))
    for kept in told["kept"]:
        print("aside", datetime.fromisoformat(kept["when"].replace("Z", "+00:00")).timestamp(), kept["size"] // 1024, kept["name"])
entries = os.listdir(backups) if os.path.isdir(backups) else []
for name in sorted(f"{backups}/{name}" for name in entries if name.endswith(".json") and name[0] != "."):
    try:
        with open(name) as file:
            manifest = json.load(file)
        if not isinstance(manifest, dict):
            raise ValueError
        keys = ("release", "revisions", "started", "source_fingerprint", "verified")
        print("backup", json.dumps({"manifest": name, **{key: manifest.get(key) for key in keys}}))
    except (OSError, TypeError, ValueError):
        print("unreadable", name)
print("\n@@changeover")
def read(path):
    try:
        with open(path) as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
for kind in ("undo", "redo"):
    if os.path.isdir(f"{state}/{kind}.d"):
        about = read(f"{state}/{kind}.d/about.json")
        about.pop("settle", None)
        try:
            with open(f"{state}/{kind}.d/events", errors="replace") as file:
                noted = [json.loads(line) for line in file if '"phase"' in line]
            about["phase"] = noted[-1]["phase"]
        except (IndexError, KeyError, OSError, TypeError, ValueError):
            pass
        about |= {"committed": kind == "redo", "stuck": os.path.exists(f"{state}/stuck")}
        print("open", json.dumps(about))
rehearsed = read(f"{state}/rehearsed.json")
if rehearsed:
    print("rehearsed", json.dumps({key: rehearsed.get(key) for key in ("release", "revisions", "when")}))
try:
    with open(lock) as file:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
except BlockingIOError:
    print("held", json.dumps(read(lock)))
except OSError:
    pass
last, releases, withdrawn, once = {}, {}, set(), {}
try:
    with open(f"{state}/ledger.jsonl", errors="replace") as file:
        lines = file.readlines()
except OSError:
    lines = []
for line in lines:
    try:
        record = json.loads(line)
        if record.get("once"):
            once[record["once"]] = {key: record.get(key) for key in ("outcome", "began", "ended")}
        if record["outcome"] == "committed":
            last = {"id": record["id"]}
            last |= {key: record.get(key) for key in ("kind", "from", "to", "ended")}
            to = record["to"]["release"]
            releases[to] = record["ended"]
            withdrawn.discard(to)
            if record["kind"].startswith("rollback") and record["from"]["release"] != to:
                withdrawn.add(record["from"]["release"])
    except (AttributeError, KeyError, TypeError, ValueError):
        continue
print("last", last.get("id", ""))
if last:
    print("latest", json.dumps(last))
for name in withdrawn:
    print("withdrawn", name)
print("once", json.dumps(once))
for name, when in releases.items():
    print("committed", name, when)
PYTHON
)
exec {service}< <(
section unit
# a block each, in this order, with an empty line between them
units=$(systemctl show -p ActiveState,UnitFileState,NeedDaemonReload,MainPID "$unit" "$socket_unit" nginx.service \
    | awk 'BEGIN {split("service socket nginx", names); block = 1} !NF {block++; next} {print names[block], $0}')
grep -E '^(service|socket) ' <<< "$units"
pid=$(sed -n 's/^service MainPID=//p' <<< "$units"); [ "${pid:-0}" = 0 ] || echo "running $(basename "$(readlink "/proc/$pid/cwd")")"
section started
timeout 5 runuser -u "$app" -- head -c 10000 -- "$started"
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
[ ! -S "$socket" ] || ! grep -qx 'service ActiveState=active' <<< "$units" || echo "app $(curl -s -m 5 -o - -w ' %{http_code}' --unix-socket "$socket" "http://localhost$health_path" | tr -d '\n')"
as_visitor "$health_path"
! command -v curl > /dev/null || echo "site $(curl -s -m 2 -o - -w ' %{http_code}' "${visitor[@]}" "$url" | tr -d '\n')"
)
section host
echo "uid $(id -u)"
. /etc/os-release && echo "system $ID $VERSION_ID"
[ ! -d /run/systemd/system ] || echo "systemd yes"
echo "clock $(date +%s)"
disk=/srv; [ -d "$disk" ] || disk=/
df -Pk "$disk" | awk 'NR == 2 {print "free_kilobytes " $4}'
section packages
dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" | awk '$1 == "installed" {print $2}'
section users
getent passwd "$fetch_user" "$build_user" "$app"
section files
sum "$programs"/* /etc/systemd/system/changeover-*.{service,timer} "$guard" "$pages"/* "$configuration"/* "$unit_file" "$socket_unit_file" "$site" "$candidate"
if own "$env_file"; then sum "$env_file"; elif [ -f "$env_file" ]; then timeout 5 runuser -u "$app" -- sha256sum -- "$env_file"; fi
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
(cd "$releases" && find ./*/ -type l \( -lname '*/environments/*' -o -lname '*/builds/*' -o -lname '*../shared/*' \) -printf 'link %H\t%P\t%l\n') | sed 's,^link ./,link ,; s,/\t,\t,'
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
section leftovers
# of a step that did not come to its end
find "$environments" "$builds" -mindepth 1 -maxdepth 1 -type d | while read -r folder; do
    [ -f "$folder/.complete" ] && [[ ${folder##*/} != .* ]] || echo "$folder"
done
# the app itself names files in shared: a line break in a name would make two lines of one
find "$root" "$state" "$shared" -maxdepth 1 -name '*.changeover.*' ! -name $'*\n*'
find /etc/systemd/system /etc/nginx/sites-available -maxdepth 1 -name "$app.*.changeover.*"
cat <&"$data"
cat <&"$service"
section end
