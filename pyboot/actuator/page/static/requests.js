// Requests to the management server: those of the page, and those of its buttons to the endpoints.

const PAGE = new URL(".", import.meta.url);

let token = "";

// Say who asks from now on. It is kept in memory alone.
export function use(given) {
  token = given.trim();
}

// Ask a path below the page ("stream") or beside it ("../loggers/ROOT").
export function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (token) headers.authorization = `Bearer ${token}`;
  // With a token nothing else is sent, and the browser does not ask for a password where the token is wrong.
  return fetch(new URL(path, PAGE), { ...options, headers, cache: "no-store", credentials: token ? "omit" : "same-origin" });
}

// Change something; throws an Error that says why not.
export async function change(path, method, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const response = await ask(path, options);
  if (!response.ok) throw new Error(await reason(response));
}

// Why a request was refused, as the server says it.
export async function reason(response) {
  try {
    const told = await response.json();
    return told.message ?? `${told.status} ${told.error}`;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}
