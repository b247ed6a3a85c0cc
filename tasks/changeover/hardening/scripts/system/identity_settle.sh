[ ! -s /etc/hostname ] || hostname --file /etc/hostname
