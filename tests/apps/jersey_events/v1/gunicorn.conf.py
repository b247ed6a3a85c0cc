"""How gunicorn serves Jersey Events; where it listens comes from systemd or the command line."""

import os

# The folder itself, not a link to it: a worker that starts late must not load newer code.
chdir = os.getcwd()
preload_app = True
workers = 2
threads = 4
timeout = 30
graceful_timeout = 15
# It would lie in the home of the user, which may have none.
control_socket_disable = True
