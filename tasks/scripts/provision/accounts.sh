getent passwd "$deploy_user" > /dev/null || useradd --system --create-home --home-dir "/home/$deploy_user" --shell /usr/sbin/nologin --comment "$owner_comment" "$deploy_user"
getent passwd "$app" > /dev/null || useradd --system --no-create-home --home-dir "$shared" --shell /usr/sbin/nologin --user-group --comment "$comment" "$app"
install -d -m 0755 -o "$deploy_user" -g "$deploy_user" "$root"
[ -e "$root/.changeover" ] || install -m 0644 -o "$deploy_user" -g "$deploy_user" /dev/null "$root/.changeover"
install -d -m 0755 -o "$deploy_user" -g "$deploy_user" "$releases" "$environments" "$builds"
# sticky and of root: the app makes files here, but cannot swap one that a script is writing
install -d -m 1770 -o root -g "$app" "$shared"
install -d -m 0711 -o root -g root /var/lib/changeover "$state"
install -d -m 0700 -o root -g root /var/backups/changeover "$backups"
install -d -m 0755 -o root -g root /etc/changeover
install -d -m 0750 -o root -g "$deploy_user" "$configuration"
