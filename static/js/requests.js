// What the requests of our scripts carry: the token of today, the page they come from, and a name for each send.

// Once somebody signed in again in another tab, the token of this page is stale; the cookie is not.
const csrfToken = () => document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? ""

// By htmx's headers the server knows that a script asks: an expired session then answers with HX-Redirect.
const request = (url, options = {}) => {
  const headers = { "X-CSRFToken": csrfToken(), "HX-Request": "true", "HX-Current-URL": location.href }
  return fetch(url, { headers, ...options })
}

// crypto.randomUUID is missing on plain http in a local network.
const newUuid = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 15) | 64
  bytes[8] = (bytes[8] & 63) | 128
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}
