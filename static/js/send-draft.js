// Sending a question once: it shows in the thread at once, and its words are kept until the server has them.
customElements.define("send-draft", class extends HTMLElement {
  static failures = {
    0: "Not sent: the site cannot be reached. Your text is kept; send it again when you are back online.",
    403: "Not sent: your session was renewed in the meantime. Your text is kept; send it again.",
    404: "Not sent: this conversation is gone. Your text is kept.",
    413: "Not sent: the message is too large.",
    429: "Not sent: too many messages at once. Your text is kept; wait a moment and send it again.",
  }

  get form() { return this.querySelector("form") }
  get text() { return this.querySelector("textarea") }

  connectedCallback() {
    this.addEventListener("submit", this, true)
    for (const name of ["htmx:beforeOnLoad", "htmx:afterRequest", "draft-sent"]) this.addEventListener(name, this)
    document.addEventListener("htmx:wsAfterMessage", this)
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:wsAfterMessage", this)
  }

  handleEvent(event) {
    const { type, target, detail } = event
    if (type === "submit" && target === this.form) this.begin()
    if (type === "htmx:wsAfterMessage") this.replacePending()
    if (type === "draft-sent") this.clear()
    if (detail?.requestConfig?.elt?.id !== "composer") return
    if (type === "htmx:beforeOnLoad" && detail.xhr.getResponseHeader("HX-Redirect")) this.signInFirst(event)
    if (type === "htmx:afterRequest") this.end(detail.xhr)
  }

  begin() {
    this.setAttribute("data-sending", "")
    this.sent = this.text.value
    this.querySelector(".composer__error")?.remove()
    this.lastQuestion = this.newestQuestion()
    const pending = document.getElementById("pending-question").content.firstElementChild.cloneNode(true)
    pending.id = "pending"
    pending.querySelector(".message__body").textContent = this.sent
    document.getElementById("thread").append(pending)
    this.hideEmptyState(true)
  }

  newestQuestion() {
    return [...document.querySelectorAll('#thread [data-role="user"]:not(#pending)')].at(-1)?.id
  }

  replacePending() {
    if (this.newestQuestion() !== this.lastQuestion) document.getElementById("pending")?.remove()
  }

  clear() {
    const typedMeanwhile = this.text.value.startsWith(this.sent) ? this.text.value.slice(this.sent.length) : ""
    this.text.value = typedMeanwhile.trimStart()
    this.form.client_id.value = this.uuid()
    this.querySelector(".composer__attachments")?.replaceChildren()
  }

  uuid() {
    // crypto.randomUUID is missing on plain http in a local network.
    const bytes = crypto.getRandomValues(new Uint8Array(16))
    bytes[6] = (bytes[6] & 15) | 64
    bytes[8] = (bytes[8] & 63) | 128
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
  }

  signInFirst(event) {
    event.preventDefault() // the redirect would take the text away
    const link = document.createElement("a")
    Object.assign(link, { href: event.detail.xhr.getResponseHeader("HX-Redirect"), target: "_blank", textContent: "Sign in" })
    this.tell("Not sent: you are signed out. Your text is kept; sign in in a new tab, then send it again. ", link)
    this.isTold = true
  }

  end(xhr) {
    this.removeAttribute("data-sending")
    if (xhr.status >= 200 && xhr.status < 300 && !this.isTold) return
    document.getElementById("pending")?.remove()
    this.hideEmptyState(false)
    if (!this.text.value) this.text.value = this.sent
    // 409 and 422 bring the composer again with words of their own.
    if (!this.isTold && xhr.status !== 409 && xhr.status !== 422) this.tell(this.failure(xhr))
    this.isTold = false
  }

  failure(xhr) {
    const words = this.constructor.failures[xhr.status]
    if (words) return words
    const reference = xhr.getResponseHeader("X-Request-ID")
    const suffix = reference ? ` Reference: ${reference}` : ""
    return `Not sent: the site failed (${xhr.status}). Your text is kept; send it again.${suffix}`
  }

  hideEmptyState(hidden) {
    for (const part of document.querySelectorAll("#thread [data-empty]")) part.hidden = hidden
  }

  tell(...words) {
    this.querySelector(".composer__error")?.remove()
    const error = document.createElement("p")
    error.className = "composer__error"
    error.setAttribute("role", "alert")
    error.append(...words)
    this.form.prepend(error)
  }
})
