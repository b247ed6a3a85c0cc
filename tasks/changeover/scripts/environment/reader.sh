# an environment file as systemd reads it; the program comes with the script
read_environment() { python3 -IS -c "$environment_reader" "$@"; }
