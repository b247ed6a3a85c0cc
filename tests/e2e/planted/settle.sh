cat /etc/planted/wanted > /run/planted-settled
