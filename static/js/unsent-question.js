// A question that did not reach the site. It waits at the end of the thread and goes out by itself when the site is back:
// once, since its client_id stays the same. This tab keeps it over a reload until it is sent, taken back, or the person
// signs out. One for each conversation: the next one could not be answered before it anyway.
customElements.define("unsent-question", class extends HTMLElement {
  static heard = ["htmx:wsOpen", "htmx:wsAfterMessage", "answer-ended", "visibilitychange"]
  static firstWaitMs = 2000
  static longestWaitMs = 30_000

  get composer() { return document.getElementById("composer") }
  get keeper() { return document.querySelector("keep-draft") }
  get line() { return this.querySelector(".message__unsent") }

  connectedCallback() {
    for (const name of this.constructor.heard) document.addEventListener(name, this)
    addEventListener("online", this)
    this.addEventListener("click", this)
    this.key = `unsent ${location.pathname}`
    this.restore()
  }

  handleEvent({ type, target }) {
    if (!this.question) return
    if (type === "click") this.clicked(target)
    else if (type === "htmx:wsAfterMessage") this.lookForItself()
    else if (!this.isStuck && !document.hidden) this.send()
  }

  restore() {
    const stored = tabStorage.take(this.key, this.composer.writer.value)
    if (!stored) return
    if (this.composer.client_id.value === this.valueOf("client_id", stored)) this.keeper.empty() // its draft, kept before
    this.keeper.settle()
    this.show(stored)
    this.send()
  }

  take(question, status) {
    tabStorage.put(this.key, question)
    this.show(question)
    this.wait(status)
  }

  show(question) {
    this.question = question
    this.waitMs = this.constructor.firstWaitMs
    this.replaceChildren(document.getElementById("unsent-template").content.cloneNode(true))
    this.querySelector(".message__body").textContent = this.valueOf("text", question)
    const chips = new DOMParser().parseFromString(question.chips, "text/html")
    for (const chip of chips.querySelectorAll(".chip__image")) this.showFile(document.importNode(chip, true), chip.nextElementSibling.textContent)
    this.setAttribute("data-waiting", "")
  }

  showFile(shown, name) {
    if (shown.matches("img")) return this.querySelector(".images").append(Object.assign(shown, { alt: name }))
    const item = document.createElement("li")
    const file = Object.assign(document.createElement("span"), { className: "file" })
    file.append(...shown.children, name)
    item.append(file)
    this.querySelector(".files").append(item)
  }

  valueOf(wanted, { fields } = this.question) { return fields.find(([name]) => name === wanted)[1] }

  // 503 is the site's own word, such as with a full disk; without one there is no way to it.
  wait(status) {
    this.isStuck = false
    this.say(`Not sent yet: the site ${status === 503 ? "cannot take it just now" : "cannot be reached"}. It goes out by itself.`)
    this.timer = setTimeout(() => this.send(), this.waitMs)
    this.waitMs = Math.min(2 * this.waitMs, this.constructor.longestWaitMs)
  }

  say(...words) {
    this.line.replaceChildren(...words)
    for (const button of this.querySelectorAll("button")) button.disabled = this.isSending
  }

  clicked(target) {
    if (target.closest("[data-retry]")) this.send()
    if (target.closest("[data-discard]")) this.giveBack()
  }

  async send() {
    if (this.isSending) return
    clearTimeout(this.timer)
    this.isSending = true
    this.say("Sending…")
    const before = this.sender.newestQuestion()
    const response = await request(this.question.url, { method: "POST", body: this.body() }).catch(() => null)
    this.isSending = false
    if (!this.question) return // it has come by the socket meanwhile
    if (response?.status === 204) return this.arrived(response, before)
    if (!response || response.status >= 500 || response.status === 429) return this.wait(response?.status)
    this.refused(response, await response.text())
  }

  get sender() { return document.querySelector("send-draft") }

  body() {
    const body = new FormData()
    for (const [name, value] of this.question.fields) body.append(name, value)
    return body
  }

  arrived(response, before) {
    const words = this.valueOf("text")
    this.forget()
    this.sender.showPending(words, before)
    const detail = JSON.parse(response.headers.get("HX-Trigger"))["draft-sent"]
    this.dispatchEvent(new CustomEvent("draft-sent", { bubbles: true, detail }))
  }

  refused({ status, headers }, html) {
    const login = headers.get("HX-Redirect")
    const isBusy = status === 409 && document.querySelector("[data-stop]")
    this.isStuck = !login && !isBusy
    if (login) return this.say("Not sent yet: you are signed out. ", Object.assign(document.createElement("a"), { href: login, textContent: "Sign in" }))
    if (isBusy) return this.say("Not sent yet: Claude is still answering. It goes out afterwards.")
    const advice = new DOMParser().parseFromString(html, "text/html").querySelector(".composer__error")?.textContent
    this.say(`Not sent. ${advice ?? this.sender.constructor.failures[status] ?? `The site answered ${status}.`}`)
  }

  // The reply was lost and not the question.
  lookForItself() {
    if (document.querySelector(`#thread [data-client-id="${this.valueOf("client_id")}"]`)) this.forget()
  }

  giveBack() {
    const { fields, chips } = this.question
    const { text, model } = this.composer
    const both = [this.valueOf("text"), text.value].filter((words) => words.trim()).join("\n\n")
    const wasEmpty = !text.value.trim() && !this.keeper.attached
    const own = Object.fromEntries(fields)
    this.keeper.fill(
      { text: both, model: wasEmpty ? own.model : model.value, client_id: wasEmpty ? own.client_id : newUuid() },
      chips + this.keeper.chips.innerHTML,
    )
    this.forget()
    this.keeper.settle()
    this.keeper.isAdopted = true // it may have arrived all the same; with other words it is another question
    text.focus()
  }

  forget() {
    clearTimeout(this.timer)
    tabStorage.drop(this.key)
    this.question = null
    this.removeAttribute("data-waiting")
    this.replaceChildren()
  }
})
