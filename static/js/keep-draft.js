// Keeps what is written: on the site a moment after typing stops, and in this tab for as long as the site has it not.
customElements.define("keep-draft", class extends HTMLElement {
  static pauseMs = 600
  static longestMs = 5000 // between two saves of somebody who does not stop typing
  static againMs = 5000 // after a save that failed, and twice as long after each further one
  static againAtMostMs = 60_000

  tab = newUuid()
  edition = 0

  get form() { return this.querySelector("form") }
  get text() { return this.querySelector("textarea") }
  get chips() { return this.querySelector(".composer__attachments") }
  // New chats have one draft, in whatever project they are begun.
  get url() { return this.form.getAttribute("action").replace(/messages\/$/, "draft/").replace(/^\/projects\/\d+/, "") }
  get key() { return `draft ${this.url}` }
  get attached() { return [...this.querySelectorAll("input[name=attachments]")].map((input) => input.value).join() }
  get isSending() { return Boolean(this.querySelector("[data-sending]")) }
  get isIdle() { return !this.isUnsaved && !this.isSaving && !this.isSending && !this.other }

  connectedCallback() {
    this.adopted(this.form.dataset.savedAs)
    this.takeBack()
    for (const name of ["input", "change", "formdata", "draft-sent", "htmx:afterRequest", "click"]) this.addEventListener(name, this)
    for (const name of ["pagehide", "pageshow", "online"]) addEventListener(name, this)
    document.addEventListener("visibilitychange", this)
    new MutationObserver(() => this.lookAtChips()).observe(this, { childList: true, subtree: true })
    new BroadcastChannel("sign-out").onmessage = () => this.forget()
  }

  handleEvent({ type, target, detail, persisted, formData }) {
    if (type === "formdata") formData.set("seen", this.seen) // what is sent names the draft that it was, as a save does
    if (type === "input" && target === this.text) this.edited()
    if (type === "change" && target.name === "model") this.edited()
    if (type === "draft-sent") this.settle()
    if (type === "htmx:afterRequest" && detail.requestConfig.elt.id === "composer") this.wasSending()
    if (type === "click" && target.closest("[data-other-draft]")) this.decide(target.closest("[data-other-draft]"))
    if (type === "pagehide" || (type === "visibilitychange" && document.hidden)) this.leave()
    else if (type === "online" || type === "visibilitychange" || persisted) this.comeBack()
  }

  // Another edit, another send: what was sent from elsewhere meanwhile is not to be taken for this.
  edited(pauseMs) {
    if (this.isAdopted) this.form.client_id.value = newUuid()
    this.isAdopted = false
    this.changed(pauseMs)
  }

  changed(pauseMs = this.constructor.pauseMs) {
    this.isUnsaved = true
    this.changedAt ??= performance.now()
    const longestMs = this.changedAt + this.constructor.longestMs - performance.now()
    this.saveIn(Math.max(Math.min(pauseMs, longestMs), 0))
  }

  lookAtChips() {
    if (this.attached === this.attachedBefore) return
    this.attachedBefore = this.attached
    if (!this.isSending) this.edited(0)
  }

  // What came back is a draft again, whatever was wrong with it.
  wasSending() {
    this.decided()
    if (this.text.value.trim() || this.attached) this.changed()
  }

  saveIn(ms) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), ms)
  }

  async save({ keepalive = false } = {}) {
    clearTimeout(this.timer)
    if (!this.isUnsaved || this.isSending || this.other || (this.isSaving && !keepalive)) return
    this.isUnsaved = false
    this.changedAt = null
    this.isSaving = true
    const edition = ++this.edition
    const clientId = this.form.client_id.value
    this.saving = request(this.url, { method: "POST", body: this.body(), keepalive }).catch(() => null)
    const response = await this.saving
    this.isSaving = false
    if (response?.status === 204) this.saved(edition)
    else if (response?.status === 409) this.writtenElsewhere(await response.text())
    else if (response?.status === 205) this.wasSent(clientId)
    else this.failed(response)
  }

  body() {
    const body = new FormData(this.form)
    for (const name of ["csrfmiddlewaretoken", "file"]) body.delete(name)
    for (const [name, value] of Object.entries({ tab: this.tab, edition: this.edition })) body.set(name, value)
    return body
  }

  saved(edition) {
    this.seen = `${this.tab}.${edition}`
    this.failures = 0
    if (!this.other) this.tell()
    if (this.isUnsaved) this.saveIn(this.constructor.pauseMs)
    else tabStorage.drop(this.key)
  }

  failed(response) {
    this.isUnsaved = true
    this.store()
    this.failures = (this.failures ?? 0) + 1
    this.saveIn(Math.min(this.constructor.againMs * 2 ** (this.failures - 1), this.constructor.againAtMostMs))
    const login = response?.headers.get("HX-Redirect")
    const link = Object.assign(document.createElement("a"), { href: login, textContent: "Sign in" })
    if (login) this.tell("You are signed out. What you write stays in this tab until you are back. ", link)
  }

  wasSent(clientId) {
    if (this.form.client_id.value === clientId && !this.isUnsaved) this.empty()
    this.settle()
  }

  empty() {
    this.text.value = ""
    this.chips.replaceChildren()
    this.form.client_id.value = newUuid()
  }

  // What was in the composer has gone its way; what was typed meanwhile is a draft of its own.
  settle() {
    clearTimeout(this.timer)
    this.decided()
    tabStorage.drop(this.key)
    this.attachedBefore = this.attached
    this.isUnsaved = this.isAdopted = false
    if (this.text.value.trim() || this.attached) this.changed()
  }

  store() {
    const { tab, edition, seen } = this
    const chips = this.chips.cloneNode(true)
    for (const unready of chips.querySelectorAll("[data-uploading], [role=alert]")) unready.remove()
    const fields = { text: this.text.value, model: this.form.model.value, client_id: this.form.client_id.value }
    tabStorage.put(this.key, { writer: this.form.writer.value, tab, edition, seen, fields, chips: chips.innerHTML })
  }

  takeBack() {
    const stored = tabStorage.take(this.key, this.form.writer.value)
    if (!stored) return
    tabStorage.drop(this.key)
    if (this.seen === `${stored.tab}.${stored.edition}`) return // the save on leaving came through
    this.tab = stored.tab
    this.edition = stored.edition
    this.seen = stored.seen
    this.fill(stored.fields, stored.chips)
    this.isAdopted = false
    this.changed(0)
    this.store()
  }

  fill({ text, model, client_id }, chips) {
    this.text.value = text
    this.form.model.value = model
    this.form.client_id.value = client_id
    this.chips.innerHTML = chips
    this.attachedBefore = this.attached
    htmx.process(this.chips)
  }

  leave() {
    if (this.isSaving) this.isUnsaved = true // a request that is under way ends with the page
    if (this.isUnsaved || this.isSending) this.store()
    this.save({ keepalive: this.text.value.length < 15_000 }) // a browser lets 64 KiB outlive their page, and no more
  }

  comeBack() {
    if (this.isUnsaved) this.save()
    else if (this.isIdle) this.refresh()
  }

  // Another tab or device may have gone on with the draft, or sent it.
  async refresh() {
    const response = await request(this.url).catch(() => null)
    if (!response?.ok || response.headers.has("HX-Redirect") || !this.isIdle) return
    const composer = this.parsed(await response.text())
    if (composer.dataset.savedAs !== this.seen) this.adopt(composer)
  }

  parsed(html) { return new DOMParser().parseFromString(html, "text/html").getElementById("composer") }

  adopt(composer) {
    const fields = { text: composer.text.value, model: composer.model.value, client_id: composer.client_id.value }
    this.fill(fields, composer.querySelector(".composer__attachments").innerHTML)
    this.adopted(composer.dataset.savedAs)
    this.closest("chat-composer").refresh()
  }

  adopted(savedAs) {
    this.seen = savedAs
    this.isAdopted = Boolean(savedAs)
    this.attachedBefore = this.attached
  }

  writtenElsewhere(html) {
    this.isUnsaved = true
    this.other = this.parsed(html)
    this.store()
    const button = (words, choice) => {
      const made = Object.assign(document.createElement("button"), { type: "button", className: "button button--small", textContent: words })
      made.dataset.otherDraft = choice
      return made
    }
    this.tell("Another window has changed this draft too. ", button("Keep mine", "mine"), button("Show the other", "other"))
  }

  decide({ dataset }) {
    const other = this.other
    this.decided()
    this.text.focus()
    if (dataset.otherDraft === "other") {
      tabStorage.drop(this.key)
      this.isUnsaved = false
      return this.adopt(other)
    }
    this.seen = other.dataset.savedAs
    this.changed(0)
  }

  decided() {
    this.other = null
    this.tell()
  }

  tell(...words) { this.querySelector("[data-kept]").replaceChildren(...words) }

  forget() {
    this.isUnsaved = false
    sessionStorage.clear()
  }

  async letGo() {
    await this.saving
    await this.save()
    this.forget()
  }
})
