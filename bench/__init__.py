"""How long releases take, beside a shell script and Capistrano."""
