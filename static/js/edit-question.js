// Editing a question where it stands: what is sent becomes another version of it, and the old branch stays.
customElements.define("edit-form", class extends HTMLElement {
  get form() { return this.querySelector("form") }
  get text() { return this.querySelector("textarea") }
  get key() { return `edit ${this.dataset.question}` }
  get composer() { return document.querySelector("chat-composer") }

  connectedCallback() {
    if (this.clientId) return
    this.clientId = newUuid()
    for (const name of ["click", "input", "keydown", "submit"]) this.addEventListener(name, this)
    this.grow()
  }

  handleEvent(event) {
    if (event.type === "click" && event.target.closest("[data-cancel]")) this.close()
    if (event.type === "input") this.edited()
    if (event.type === "keydown") this.pressed(event)
    if (event.type === "submit") event.preventDefault()
    if (event.type === "submit") this.send()
  }

  begin() {
    this.text.focus()
    this.text.setSelectionRange(this.text.value.length, this.text.value.length)
    this.scrollIntoView({ block: "nearest" })
  }

  pressed(event) {
    if (event.key === "Escape" && this.text.value === this.before) this.close()
    if (!this.composer.isSendKey(event) || event.target !== this.text) return
    event.preventDefault()
    this.form.requestSubmit()
  }

  edited() {
    this.clientId = newUuid() // other words are another send
    tabStorage.put(this.key, { writer: this.form.writer.value, text: this.text.value })
    this.say("")
    this.grow()
  }

  grow() {
    if (CSS.supports("field-sizing", "content")) return
    this.text.style.height = "auto"
    this.text.style.height = `${this.text.scrollHeight}px`
  }

  close() {
    tabStorage.drop(this.key)
    const message = this.closest(".message")
    this.remove()
    message.querySelector("edit-question a").focus()
  }

  async send() {
    if (this.isSending) return
    this.isSending = true
    const { action, model } = document.getElementById("composer")
    const body = new FormData(this.form)
    const fields = { edits: this.dataset.question, client_id: this.clientId, model: model.value }
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    const response = await request(action, { method: "POST", body }).catch(() => null)
    this.isSending = false
    if (response?.status === 204) this.sent(response)
    else this.failed(response, await response?.text())
  }

  // The thread with the new branch comes by the socket.
  sent(response) {
    const detail = JSON.parse(response.headers.get("HX-Trigger"))["draft-sent"]
    tabStorage.drop(this.key)
    this.remove()
    document.querySelector("auto-scroll").follows = true
    this.composer.focusText()
    document.body.dispatchEvent(new CustomEvent("draft-sent", { bubbles: true, detail }))
  }

  failed(response, words) {
    const login = response?.headers.get("HX-Redirect")
    if (login) return this.say("Not sent: you are signed out. Your text is kept. ", Object.assign(document.createElement("a"), { href: login, textContent: "Sign in" }))
    if ([402, 409, 422].includes(response?.status)) return this.say(words)
    this.say(`Not sent: ${response ? `the site failed (${response.status})` : "the site could not be reached"}. Your text is kept; send it again.`)
  }

  say(...words) {
    const line = this.querySelector("[role=alert]")
    line.replaceChildren(...words)
    line.hidden = !line.textContent
  }
})

customElements.define("edit-question", class extends HTMLElement {
  get question() { return document.getElementById(`message-${this.dataset.question}`) }

  connectedCallback() {
    for (const name of ["click", "keydown"]) this.addEventListener(name, this)
    if (this.closest(".message") === this.question) this.restore()
  }

  // The link leads to the composer, for when the question is on an earlier page or no script runs.
  handleEvent(event) {
    if (!this.question || (event.type === "keydown" && event.key !== " ")) return
    event.preventDefault()
    this.open().begin()
  }

  // A reload or a snapshot of the thread made the question anew.
  restore() {
    const kept = tabStorage.take(`edit ${this.dataset.question}`, document.getElementById("composer")?.writer.value)
    if (kept) this.open(kept.text)
  }

  open(text) {
    const words = this.question.querySelector("template.message__source")?.content.textContent ?? ""
    const form = this.question.querySelector("edit-form") ?? document.importNode(document.getElementById("edit-template").content.firstElementChild, true)
    if (form.isConnected) return form
    form.dataset.question = this.dataset.question
    form.before = words
    form.text.value = text ?? words
    this.question.querySelector(".message__actions").before(form)
    return form
  }
})
