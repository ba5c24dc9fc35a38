// What only this tab holds, until the site has it. The storage of the tab and not of the browser: it outlives a reload
// and signing in again, no other tab reads it, and it ends with the tab. Signing out erases it.
const tabStorage = {
  put(key, value) {
    try {
      sessionStorage.setItem(key, JSON.stringify(value))
    } catch {} // full or forbidden: the page itself still has the words
  },

  // What somebody else left here is erased unread.
  take(key, writer) {
    const value = JSON.parse(sessionStorage.getItem(key))
    if (!value || value.writer === writer) return value
    sessionStorage.clear()
    return null
  },

  drop(key) { sessionStorage.removeItem(key) },
}
