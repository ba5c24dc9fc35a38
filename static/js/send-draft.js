// Sending a question once: it shows in the thread at once, and its words are kept until the server has them.
customElements.define("send-draft", class extends HTMLElement {
  static failures = {
    403: "Not sent: your session was renewed in the meantime. Your text is kept; send it again.",
    404: "Not sent: this chat or its project is gone. Your text is kept.",
    413: "Not sent: the message is too large.",
    429: "Not sent: too many messages at once. Your text is kept; wait a moment and send it again.",
  }

  get form() { return this.querySelector("form") }
  get text() { return this.querySelector("textarea") }
  get chips() { return this.querySelector(".composer__attachments") }

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
    if (type === "draft-sent" && detail.client_id === this.form.client_id.value) this.clear()
    if (detail?.requestConfig?.elt?.id !== "composer") return
    if (type === "htmx:beforeOnLoad" && detail.xhr.getResponseHeader("HX-Redirect")) this.signInFirst(event)
    if (type === "htmx:afterRequest") this.end(detail.xhr)
  }

  begin() {
    this.setAttribute("data-sending", "")
    this.sent = this.text.value
    this.fields = [...new FormData(this.form)].filter(([name]) => name !== "csrfmiddlewaretoken" && name !== "file")
    this.querySelector(".composer__error")?.remove()
    this.showPending(this.sent, this.newestQuestion())
  }

  // Until the thread has a newer question than this one.
  showPending(words, lastQuestion) {
    this.lastQuestion = lastQuestion
    const pending = document.getElementById("pending-question").content.firstElementChild.cloneNode(true)
    pending.id = "pending"
    pending.querySelector(".message__body").textContent = words
    document.getElementById("thread").append(pending)
    this.hideEmptyState(true)
    this.replacePending()
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
    this.form.client_id.value = newUuid()
    this.chips.replaceChildren()
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
    if (this.isUnreachable(xhr)) return this.setAside(xhr.status)
    if (!this.text.value) this.text.value = this.sent
    // 402, 409 and 422 bring the composer again with words of their own.
    if (!this.isTold && ![402, 409, 422].includes(xhr.status)) this.tell(this.failure(xhr))
    this.isTold = false
  }

  // A proxy before a site that restarts, or a site whose database is away: later it will do, and counts once.
  isUnreachable(xhr) { return !xhr.status || [502, 503, 504].includes(xhr.status) }

  setAside(status) {
    const unsent = { url: this.form.getAttribute("action"), fields: this.fields, chips: this.chips.innerHTML, writer: this.form.writer.value }
    this.clear()
    document.querySelector("keep-draft").settle()
    document.getElementById("unsent").take(unsent, status)
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
