cat /etc/planted/wish > /run/planted-settled
