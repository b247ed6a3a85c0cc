url=http://127.0.0.1$path
try "$domain" -H "Host: $domain"
date +%s | install_file "$verified" 0644 "$deploy_user:$deploy_user"
