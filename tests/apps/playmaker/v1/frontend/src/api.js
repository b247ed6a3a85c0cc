export async function request(path, options) {
  const response = await fetch(`/api/${path}`, options);
  if (!response.ok) throw new Error(`/api/${path} answered ${response.status}`);
  return response.status === 204 ? null : response.json();
}
