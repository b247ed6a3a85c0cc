"""What a run of pyinfra is, whatever it deploys: its words, its connections, its end."""
