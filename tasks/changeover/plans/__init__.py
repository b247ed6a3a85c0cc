"""Pure: paths, keys, scripts, decisions. Nothing here imports pyinfra."""
