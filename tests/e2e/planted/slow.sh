sleep 120
