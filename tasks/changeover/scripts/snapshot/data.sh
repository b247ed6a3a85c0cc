revisions() {
    local status=0
    CHANGEOVER_MIGRATIONS=$migration_tables timeout 20 "$programs/postgres_backup" revisions --environment "$source" --key "$database_key" "$@" 2>&1 || status=$?
    # before an upgrade the program is an older one, which knows the first two words alone
    [ "$status" != 2 ] || [ "$#" -le 2 ] || { printf '\n'; revisions "${@:1:2}"; return; }
    return "$status"
}

# a server's URL without its password, and of what follows the name only where the server is; where it
# is not understood, any part of it may be a part of the password: then what it leads to is no URL
without_secrets() { # URL
    local place query=
    place=$(sed -E 's,^([^:/]*://[^:@/]*)(:[^/]*)?@,\1@,' <<< "${1%%\?*}")
    [ "$1" = "${1%%\?*}" ] || query=${1#*\?}
    if [[ $query == *[@[:space:]]* ]] || ! grep -qxE '[a-z0-9_+]+://([A-Za-z0-9._~%+-]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._%-]*)(:[0-9]*)?(/[^]/?#@:[:space:]]*)?' <<< "$place"; then
        echo 'postgresql://not:understood'
        return
    fi
    query=$(tr '&' '\n' <<< "$query" | grep -xE 'host=[A-Za-z0-9._%/:-]*|port=[0-9]*' | paste -sd '&')
    echo "$place${query:+?$query}"
}

# what is known of the app's data, to which $url leads, of its backups and of its changeovers
tell_data() {
section database
server=
case $url in
    sqlite:///*) url=${url%%[?#]*}; echo "url $url" ;;
    postgres*://*)
        url=$(without_secrets "$url"); echo "url $url"
        name=$(sed -nE 's,^[^/]*://([^@/]*@)?([A-Za-z0-9.-]+)(:[0-9]*)?(/.*)?$,\2,p' <<< "${url%%\?*}")
        [ -n "$name" ] || name=$(sed -nE 's,.*[?&]host=([A-Za-z0-9.-]+).*,\1,p' <<< "$url")
        # it may mean something else here than to others
        [ -z "$name" ] || timeout 3 getent ahosts "$name" | awk '!seen[$1]++ {print "address " $1}'
        [ ! -x "$programs/postgres_backup" ] || server=$(revisions "${server_reach[@]}") || server=${server:-it does not answer within 20 s}
        ;;
    ?*) url=; echo "url other" ;;
esac
database=$(sed -nE 's#^sqlite:////#/#p; s#^sqlite:///(\./)?([^/])#\2#p' <<< "${url%%\?*}")
case $database in ''|/*) ;; *) database=$shared/$database ;; esac
find "$backups" -maxdepth 1 -name '*.zst' -mmin +60 | while read -r artefact; do
    [ -e "${artefact%.*.zst}.json" ] || echo "orphan $artefact"
done
# a fresh machine may have no Python, or a small one (status 3): then nothing can have been made here yet
nothing_yet() {
    local known
    for known in "$database" "$state/ledger.jsonl" "$state/undo.d" "$state/redo.d" "$backups"/*.json; do
        [ ! -e "$known" ] && [ ! -L "$known" ] || return 1
    done
    section changeover
}
# where it fails otherwise, what was told is not all there is: a section that nobody knows says so
python3 -IS - "$database" "$backups" "$state" "$lock" "$server" "$url" "$app" "$migrations_reader" "$migration_tables" <<'PYTHON' || { [[ $? = 3 || $? = 127 ]] && nothing_yet; } || section "cut short: the look at the data failed"
import sys
try:
    import fcntl, json, os, pwd, resource, select, signal, sqlite3, time, urllib.parse
    from datetime import datetime  # sqlite3 has it anyway
except ImportError:
    sys.exit(3)
database, backups, state, lock, server, url, app, migrations_reader, migration_tables = sys.argv[1:]
def parsed(text):
    """Return what JSON of others says, which may be nested too deep."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError from None
def as_app(act):
    """Return what is found as the app's user, who wrote all that is read there; root reads JSON.

    As app_child does; but a host that is asked may have no programs yet, or those of another version.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.closerange(3, writer)
            os.closerange(writer + 1, 256)
            if os.geteuid() == 0:
                user = pwd.getpwnam(app)
                with open("/proc/self/oom_score_adj", "w") as file:
                    file.write("1000")  # where memory runs out, this goes first
                os.initgroups(user.pw_name, user.pw_gid)
                os.setgid(user.pw_gid)
                os.setuid(user.pw_uid)
                import ctypes
                # no new privileges; out of reach for others of that user; ends with its parent
                for option, value in ((38, 1), (4, 0), (1, signal.SIGKILL)):
                    if ctypes.CDLL(None).prctl(option, value, 0, 0, 0):
                        os._exit(1)
                for what, most in ((resource.RLIMIT_NPROC, 0), (resource.RLIMIT_AS, 1 << 30), (resource.RLIMIT_CORE, 0)):
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
    return parsed(said)
def stat(path):
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if path != database and not found.st_size:
        return None  # an empty log says nothing, as sqlite_backup's fingerprint knows too
    # the ctime is the kernel's: the app can set the others
    return {"inode": found.st_ino, "size": found.st_size, "mtime_ns": found.st_mtime_ns, "ctime_ns": found.st_ctime_ns}
def revision(path):
    with open(path, "rb") as file:
        header = file.read(20)
    if not header:
        return {"revisions": [], "noted": []}
    clean_wal = header[18:19] == b"\2" and not os.path.exists(path + "-wal")
    how = "immutable=1" if clean_wal else "mode=ro"
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect("file:" + quoted + "?" + how, uri=True, timeout=2)
    # what this SQLite cannot parse, a view in newer syntax say, is passed over; what it cannot read, is not
    connection.execute("pragma writable_schema = on")
    reader = {"__name__": "revisions"}
    exec(migrations_reader, reader)  # host/revisions/table.py itself: the host may have another version's, or none
    return reader["told"](reader["read_sqlite"](connection, reader["loaded"](migration_tables)))
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
        said = revision(database)
        found |= {"revision": said["revisions"], "noted": said["noted"]}
    except (sqlite3.Error, OSError) as error:
        return found | {"error": str(error)}
    files = {"database": stat(database), "wal": stat(database + "-wal"), "journal": stat(database + "-journal")}
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
told = {"exists": False}
if server:
    try:
        told = dict(parsed(server.splitlines()[-1]))
    except ValueError:
        # that nobody says what is there, does not say that nothing is
        name = urllib.parse.unquote(url.partition("?")[0].rpartition("/")[2])
        told = {"exists": None, "database": name, "error": " ".join(server.split())[:400], "size": None}
        told |= {"revisions": [], "fingerprint": None, "kept": []}
if told["exists"] is not False:
    found = {key: told[key] for key in ("fingerprint", "error")}
    found |= {"foreign": told.get("foreign"), "path": told["database"], "revision": told["revisions"], "noted": told.get("noted"), "kilobytes": (told["size"] or 0) // 1024}
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
        keys = ("release", "revisions", "started", "source_fingerprint", "verified", "seconds")
        # with no table there is no data in it
        content = manifest.get("content")
        known = isinstance(content, dict) and not content.get("pages")
        empty = known and content.get("tables") == {} and not manifest.get("revisions")
        print("backup", json.dumps({"manifest": name, "empty": empty, **{key: manifest.get(key) for key in keys}}))
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
                noted = [parsed(line) for line in file if '"phase"' in line]
            about["phase"] = noted[-1]["phase"]
        except (IndexError, KeyError, OSError, TypeError, ValueError):
            pass
        about |= {"committed": kind == "redo", "stuck": os.path.exists(f"{state}/stuck")}
        print("open", json.dumps(about))
rehearsed = read(f"{state}/rehearsed.json")
if rehearsed:
    print("rehearsed", json.dumps({key: rehearsed.get(key) for key in ("release", "revisions", "when")}))
def holder():
    try:
        with open(lock) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        found = read(lock)
        return found if os.path.exists("/proc/%s" % found.get("pid")) else {}
    except OSError:
        return None
held = holder()
for _ in range(20):  # what a dead holder left says nothing; a new one is about to say what it is
    if held == {}:
        time.sleep(0.05)
        held = holder()
if held is not None:
    print("held", json.dumps(held))
last, releases, withdrawn, once = {}, {}, set(), {}
try:
    with open(f"{state}/ledger.jsonl", errors="replace") as file:
        lines = file.readlines()
except OSError:
    lines = []
for line in lines:
    try:
        record = parsed(line)
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
}
