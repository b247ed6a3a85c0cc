# what the database says has been applied, sorted, one a line; asked as the app, whose file it is
revisions() {
    run "$release_path/.venv/bin/python" -c "$(read_revisions)" "$database" | sort -u
}
read_revisions() { cat <<'PYTHON'
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
tables = {name for (name,) in connection.execute("select name from sqlite_master")}
if "alembic_version" in tables:
    query = "select version_num from alembic_version"
elif "django_migrations" in tables:
    query = "select app || '.' || name from django_migrations"
else:
    sys.exit()
for (revision,) in connection.execute(query):
    print(revision)
PYTHON
}
