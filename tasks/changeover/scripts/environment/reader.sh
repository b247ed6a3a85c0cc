# A function that reads environment files as systemd does.
# Given: environment_reader.
read_environment() { python3 -IS -c "$environment_reader" "$@"; }
