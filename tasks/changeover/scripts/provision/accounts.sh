# Makes the users and folders of the app.
# Given: app, backups, build_comment, build_user, builds, cache, comment, configuration, env_file, environments,
#   fetch_comment, fetch_user, mirror, releases, root, shared, shared_lock, state.
make_alone "$shared_lock"
add_user() { # NAME COMMENT HOME
    getent passwd "$1" > /dev/null || useradd --system --no-create-home --home-dir "$3" --shell /usr/sbin/nologin --user-group --comment "$2" "$1"
}
add_user "$fetch_user" "$fetch_comment" /nonexistent
add_user "$build_user" "$build_comment" /nonexistent
add_user "$app" "$comment" "$shared"
# root's from the top down, so that nobody can swap one of them for a link
own() { # MODE FOLDER
    [ ! -L "$2" ] || fail "$2 is a symbolic link: look at where it leads, and move it away"
    install -d -m "$1" -o root -g root "$2"
}
own 0755 "$root"
[ -e "$root/.changeover" ] || install -m 0644 -o root -g root /dev/null "$root/.changeover"
for folder in "$releases" "$environments" "$builds"; do
    # of an earlier version of Changeover
    [ ! -d "$folder" ] || [ "$(stat -c %U "$folder")" = root ] || { chown -hR root:root "$folder"; chmod -R go-w "$folder"; }
    own 0755 "$folder"
done
# sticky and of root: the app makes files here, but cannot swap one that a script is writing
install -d -m 1770 -o root -g "$app" "$shared"
# systemd reads it as root, wherever a link leads; of an earlier version of Changeover it is the app's
if [ -L "$env_file" ]; then
    [ "$(stat -c %U "$env_file")" = root ] || fail "$env_file is a symbolic link of the app's: look at where it leads, and put a file in its place"
elif [ -e "$env_file" ] && [ "$(stat -c %U "$env_file")" != root ]; then
    read_plain "$env_file" | install_file "$env_file" 0640 "root:$app"
fi
# nothing of them is to run that nobody of ours started, also not from the next boot on
rm -f "/var/lib/systemd/linger/$app" "/var/lib/systemd/linger/$build_user" "/var/lib/systemd/linger/$fetch_user"
# who fetches and who builds write below root's folders, each in one of its own
install -d -m 0755 -o "$fetch_user" -g "$fetch_user" "$mirror"
own 0755 "$(dirname "$cache")"
install -d -m 0700 -o "$build_user" -g "$build_user" "$cache"
install -d -m 0711 -o root -g root /var/lib/changeover "$state"
install -d -m 0700 -o root -g root /var/backups/changeover "$backups"
install -d -m 0755 -o root -g root /etc/changeover
install -d -m 0700 -o root -g root "$configuration"
chown -hR "$fetch_user:$fetch_user" "$mirror"
