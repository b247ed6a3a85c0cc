# shellcheck shell=sh disable=SC2154
# What a person does once, by hand, before the first release by release.sh or by Capistrano. The
# packages, uv and Node are there already. $environment, $deploy_key and $known_hosts stand above.
set -eu
umask 022
useradd --create-home --shell /bin/bash deploy
install -d -o deploy -g deploy /srv/app /srv/app/releases /srv/app/shared
ln -s /opt/changeover/uv/bin/uv /usr/local/bin/
ln -s /opt/changeover/node/*/bin/* /usr/local/bin/

install -d -m 0700 ~deploy/.ssh
cd ~deploy/.ssh
cp ~root/.ssh/authorized_keys .
echo "$deploy_key" > id_ed25519
echo "$known_hosts" > known_hosts
chmod 0600 ./*
chown -R deploy:deploy .

echo "$environment" > /srv/app/shared/.env
touch /srv/app/shared/playmaker.db
chmod 0600 /srv/app/shared/.env
chown deploy:deploy /srv/app/shared/.env /srv/app/shared/playmaker.db
echo 'deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart app.service' > /etc/sudoers.d/deploy

cat > /etc/systemd/system/app.service <<'UNIT'
[Service]
Type=exec
User=deploy
WorkingDirectory=/srv/app/current
EnvironmentFile=/srv/app/shared/.env
ExecStart=/srv/app/current/.venv/bin/uvicorn app.main:app --port 8000
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl -q enable app.service

rm -f /etc/nginx/sites-enabled/*
cat > /etc/nginx/sites-enabled/app.conf <<'SITE'
server {
    listen 80 default_server;
    root /srv/app/current/frontend/dist;
    location / {
        try_files $uri /index.html;
    }
    location ~ ^/(api/|login|callback) {
        proxy_pass http://127.0.0.1:8000;
        proxy_set_header Host $host;
    }
}
SITE
nginx -q -t
systemctl reload-or-restart nginx
