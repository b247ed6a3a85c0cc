import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// index.html would show a literal %VITE_APP_TITLE% if it were not set.
process.env.VITE_APP_TITLE ??= "PlayMaker";

const backend = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  server: { proxy: { "/api": backend, "/login": backend, "/callback": backend } },
});
