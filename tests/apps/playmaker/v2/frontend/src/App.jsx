import { useState } from "react";

import PlaylistHistory from "./components/PlaylistHistory.jsx";
import UserProfile from "./components/UserProfile.jsx";

const TABS = {
  "Playlist History": PlaylistHistory,
  Account: UserProfile,
};

export default function App() {
  const [tab, setTab] = useState("Playlist History");
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
