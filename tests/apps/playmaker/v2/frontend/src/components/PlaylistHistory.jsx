import { useEffect, useState } from "react";

import { request } from "../api.js";

export default function PlaylistHistory() {
  const [entries, setEntries] = useState([]);
  const [error, setError] = useState(null);

  const load = () => request("history").then(setEntries).catch(setError);
  useEffect(() => {
    load();
  }, []);

  async function create(event) {
    event.preventDefault();
    const form = event.currentTarget;
    setError(null);
    try {
      await request("playlists", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(Object.fromEntries(new FormData(form))),
      });
      form.reset();
      await load();
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <section>
      <h2>Playlist History</h2>
      <form onSubmit={create}>
        <input name="name" placeholder="Name" required maxLength={200} />
        <button>Create</button>
      </form>
      {error && <p role="alert">{error.message}</p>}
      <ul>
        {entries.map((entry) => (
          <li key={entry.id}>
            {entry.name} by {entry.user.display_name}
          </li>
        ))}
      </ul>
    </section>
  );
}
