install_file "$configuration/known_hosts" 0644 root:root <<< "$known_hosts"
key=$(cat)
if [ -n "$key" ]; then
    install_file "$configuration/deploy_key" 0600 root:root <<< "$key"
else
    rm -f "$configuration/deploy_key"
fi
