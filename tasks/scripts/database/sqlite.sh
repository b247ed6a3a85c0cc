holds_data() { [ -s "$database" ]; }
# what the database says has been applied, sorted, one a line; asked as the app, whose file it is
revisions() {
    ! holds_data || run "$release_path/.venv/bin/python" -c "$(read_revisions)" "$database" | sort -u
}
read_revisions() { cat <<'PYTHON'
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
tables = {name for (name,) in connection.execute("select name from sqlite_master")}
said = {"alembic_version": "version_num", "django_migrations": "app || '.' || name"}
for table in tables & said.keys():
    for (revision,) in connection.execute(f"select {said[table]} from {table}"):
        print(revision)
PYTHON
}
