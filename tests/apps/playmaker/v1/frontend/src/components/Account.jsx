import { useEffect, useState } from "react";

import { request } from "../api.js";

export default function Account() {
  const [account, setAccount] = useState(null);
  const [error, setError] = useState(null);

  useEffect(() => {
    request("account").then(setAccount, setError);
  }, []);

  if (error) return <p role="alert">{error.message}</p>;
  if (!account) return <p>Loading…</p>;
  return (
    <section>
      <h2>Account Information</h2>
      <p>{account.user.display_name}</p>
    </section>
  );
}
