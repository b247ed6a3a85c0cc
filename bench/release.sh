# shellcheck shell=sh disable=SC1091
# What a careful person's own script does, and no more. Run over one ssh, as the owner of the app:
#   ssh HOST sh -s -- REF REPOSITORY < release.sh
# What is unchanged is used again, as Changeover does. What the host is given by hand, once, is in
# prepare.sh: the unit, the nginx site, shared/.env and the deploy key.
set -eu
ref=$1 repository=$2
keep=2
root=/srv/app
cd "$root"

[ -d repo ] || git clone -q --mirror "$repository" repo
git -C repo remote update --prune > /dev/null
commit=$(git -C repo rev-parse --verify "$ref^{commit}")
old=$(cat current/REVISION 2> /dev/null || true)

serves() { curl -fs -m 5 http://127.0.0.1/api/health | grep -qF "$commit"; }
[ "$old" != "$commit" ] || ! serves || exit 0

release=$root/releases/$(date -u +%Y%m%d%H%M%S)
mkdir -p "$release" environments builds
git -C repo archive "$commit" | tar -x -C "$release"
echo "$commit" > "$release/REVISION"
ln -s "$root/shared/.env" "$root/shared/playmaker.db" "$release/"

environment=$root/environments/$(git -C repo rev-parse "$commit:requirements.txt")
if [ ! -e "$environment/.complete" ]; then
    uv -q venv --clear "$environment"
    uv -q pip sync --python "$environment" --require-hashes "$release/requirements.txt"
    touch "$environment/.complete"
fi
ln -s "$environment" "$release/.venv"

set -a; . "$root/shared/.env"; set +a
build=$root/builds/$(git -C repo rev-parse "$commit:frontend")
if [ ! -e "$build" ]; then
    cd "$release/frontend"
    # stdin is this very script
    npm ci --no-audit --no-fund --loglevel=error < /dev/null
    npm run --silent build < /dev/null > /dev/null
    mv dist "$build"
    rm -rf node_modules
fi
ln -s "$build" "$release/frontend/dist"

cd "$release"
if [ -z "$old" ] || ! git -C "$root/repo" diff --quiet "$old" "$commit" -- alembic; then
    .venv/bin/alembic upgrade head > /dev/null 2>&1
fi

ln -sfn "$release" "$root/current.new"
mv -T "$root/current.new" "$root/current"
sudo systemctl restart app.service
tries=300
until serves; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "the site does not serve $commit" >&2; exit 1; }
    sleep 0.1
done
cd "$root/releases"
printf '%s\n' * | head -n -"$keep" | xargs -r rm -rf
