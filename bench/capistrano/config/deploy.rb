# Capistrano's own flow, and the same work as release.sh in the places where people hook it in.
lock "~> 3.17"

set :application, "app"
set :repo_url, ENV.fetch("REPOSITORY")
set :branch, ENV.fetch("REF")
set :deploy_to, "/srv/app"
set :keep_releases, 2
append :linked_files, ".env", "playmaker.db"

def object_of(path)
  capture(:git, "-C", repo_path, "rev-parse", "#{fetch(:branch)}:#{path}")
end

namespace :app do
  task :packages do
    on roles(:app) do
      environment = deploy_path.join("environments", object_of("requirements.txt"))
      unless test("[ -e #{environment}/.complete ]")
        execute :uv, "-q venv --clear", environment
        execute :uv, "-q pip sync --python", environment, "--require-hashes",
                release_path.join("requirements.txt")
        execute :touch, environment.join(".complete")
      end
      execute :ln, "-s", environment, release_path.join(".venv")
    end
  end

  task :assets do
    on roles(:app) do
      build = deploy_path.join("builds", object_of("frontend"))
      unless test("[ -e #{build} ]")
        within release_path.join("frontend") do
          execute :npm, "ci --no-audit --no-fund --loglevel=error"
          execute "cd #{release_path}/frontend && set -a && . #{shared_path}/.env && npm run build"
          execute :mkdir, "-p", build.dirname
          execute :mv, "dist", build
          execute :rm, "-rf node_modules"
        end
      end
      execute :ln, "-s", build, release_path.join("frontend/dist")
    end
  end

  task :migrate do
    on roles(:app) do
      same = test("[ -d #{current_path} ]") &&
             test("diff -qr #{current_path}/alembic/versions #{release_path}/alembic/versions -x __pycache__")
      next if same

      execute "cd #{release_path} && set -a && . #{shared_path}/.env && .venv/bin/alembic upgrade head"
    end
  end

  task :restart do
    on roles(:app) do
      execute :sudo, "systemctl restart app.service"
      commit = fetch(:current_revision)
      execute "for i in $(seq 300); do curl -fs -m 5 http://127.0.0.1/api/health | " \
              "grep -qF #{commit} && exit 0; sleep 0.1; done; exit 1"
    end
  end
end

after "deploy:updated", "app:packages"
after "deploy:updated", "app:assets"
after "deploy:updated", "app:migrate"
after "deploy:published", "app:restart"
