install -d -m 0755 "$(dirname "$bypass")"
[ -s "$bypass" ] || printf '"%s" 1;\n' "$(od -An -tx1 -N20 /dev/urandom | tr -d ' \n')" | install_file "$bypass" 0600 root:root
trial=$(mktemp -d); trap 'rm -rf "$trial"' EXIT
cp -a /etc/nginx/. "$trial/"
cat <<< "$text" > "$trial/sites-available/$(basename "$site")"
ln -sfn "$site" "$trial/sites-enabled/$(basename "$site_enabled")"
if ! said=$(unshare --mount -- sh -c 'mount --bind "$1" /etc/nginx && nginx -t -q' sh "$trial" 2>&1); then
    printf '%s\n' "$said" >&2
    fail "nginx refuses the site of $domain; the configuration that serves was not touched"
fi
install_file "$site" 0644 root:root <<< "$text"
switch_link "$site" "$site_enabled"
systemctl --quiet enable nginx
systemctl reload-or-restart nginx
sha256sum "$site" | cut -d' ' -f1 | install_file "$loaded" 0644 root:root
