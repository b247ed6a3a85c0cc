# Gives the database's role the password of the new URL.
# Given: app.
# migrations come in with it already; what serves keeps the connections that it has
database provision --app "$app" > /dev/null
