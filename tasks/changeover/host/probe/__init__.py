"""Reading all there is to know of one app: sent whole to hosts, which may have nothing of ours."""
