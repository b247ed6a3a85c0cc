import { useState } from "react";

import Account from "./components/Account.jsx";

const TABS = {
  Playlists: () => <p>No playlists yet.</p>,
  Account,
};

export default function App() {
  const [tab, setTab] = useState("Playlists");
  const Tab = TABS[tab];
  return (
    <main>
      <h1>{import.meta.env.VITE_APP_TITLE}</h1>
      <nav>
        {Object.keys(TABS).map((name) => (
          <button key={name} disabled={name === tab} onClick={() => setTab(name)}>
            {name}
          </button>
        ))}
        <a href="/login">Log in with Spotify</a>
      </nav>
      <Tab />
    </main>
  );
}
