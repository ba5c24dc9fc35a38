// Writing a question: which keys send it, whether it can be sent now, and a hint when it cannot.
customElements.define("chat-composer", class extends HTMLElement {
  static heardAnywhere = ["click", "preferences-saved", "htmx:afterRequest"]

  get form() { return this.querySelector("form") }
  get text() { return this.querySelector("textarea") }
  get isActive() { return Boolean(this.querySelector("[data-stop]")) }
  get isUploading() { return Boolean(this.querySelector("[data-uploading]")) }
  get isEmpty() { return !this.text.value.trim() && !this.querySelector("input[name=attachments]") }

  connectedCallback() {
    for (const name of ["keydown", "input"]) this.addEventListener(name, this)
    this.addEventListener("submit", this, true) // before htmx, which listens on the form itself
    for (const name of this.constructor.heardAnywhere) document.addEventListener(name, this)
    this.observer = new MutationObserver(() => this.refresh())
    this.observer.observe(this, { childList: true, subtree: true, attributeFilter: ["data-sending"] })
    this.refresh()
    if (!location.hash) this.focusText()
  }

  disconnectedCallback() {
    for (const name of this.constructor.heardAnywhere) document.removeEventListener(name, this)
    this.observer.disconnect()
  }

  handleEvent(event) {
    if (event.type === "keydown" && event.target === this.text) this.pressed(event)
    if (event.type === "submit" && event.target === this.form) this.submitted(event)
    if (event.type === "click") this.clicked(event)
    if (event.type === "input") this.hint("")
    if (event.type === "input") this.refresh()
    if (event.type === "htmx:afterRequest") this.answered(event.detail)
    if (event.type === "preferences-saved") this.dataset.enterSends = event.detail.enter_sends
  }

  pressed(event) {
    if (!this.isSendKey(event)) return
    event.preventDefault()
    this.form.requestSubmit()
  }

  isSendKey(event) {
    // Safari ends the composition before the Enter that confirmed it; only the key code still tells.
    if (event.key !== "Enter" || event.altKey || event.isComposing || event.keyCode === 229) return false
    const enterBreaks = this.dataset.enterSends === "false" || matchMedia("(pointer: coarse)").matches
    return event.shiftKey === enterBreaks || event.ctrlKey || event.metaKey
  }

  submitted(event) {
    const isSending = Boolean(this.querySelector("[data-sending]"))
    const isWaiting = Boolean(document.querySelector("unsent-question[data-waiting]"))
    if (!isSending && !isWaiting && !this.isActive && !this.isUploading && !this.isEmpty) return this.focusText()
    event.preventDefault()
    event.stopImmediatePropagation()
    if (this.isUploading) this.hint("The files are still being uploaded.")
    if (isWaiting) this.hint("Your last message is not sent yet and goes first. This text stays here.")
    if (this.isActive) this.hint("Claude is still answering. Your text stays here until you send it.")
  }

  clicked(event) {
    const example = event.target.closest("[data-example]")
    if (example) event.preventDefault()
    if (example) this.takeUp(example.dataset.example)
    const other = event.target.closest(".other-model button")
    if (other) this.form.model.value = other.form.model.value // the chat stays with whom it asks next
    const stop = event.target.closest("[data-stop]")
    if (stop) this.stopping(stop)
  }

  takeUp(words) {
    this.text.value = [this.text.value.trim(), words].filter(Boolean).join("\n\n")
    this.text.focus()
    this.text.dispatchEvent(new Event("input", { bubbles: true })) // it is a draft as if it had been typed
  }

  // htmx has sent the request by now; the settled answer brings another button.
  stopping(button) {
    button.disabled = true
    button.lastChild.textContent = "Stopping…"
    this.focusText()
  }

  // Of Stop, Retry, Continue and the like; what is sent from here has an alert of its own.
  answered({ requestConfig: { elt }, xhr }) {
    if (elt.id === "composer" || (xhr.status >= 200 && xhr.status < 300)) return
    if (elt.matches("[data-stop]")) elt.disabled = false
    if (elt.matches("[data-stop]")) elt.lastChild.textContent = "Stop"
    if ([402, 409].includes(xhr.status)) return this.hint(xhr.responseText)
    const reference = xhr.status ? ` Reference: ${xhr.getResponseHeader("X-Request-ID")}` : ""
    this.hint(`${xhr.status ? `That did not work (${xhr.status})` : "The site could not be reached"}. Try again.${reference}`)
  }

  refresh() {
    const send = this.querySelector("[data-send]")
    if (send) send.disabled = this.isEmpty || this.isUploading || Boolean(this.querySelector("[data-sending]"))
    if (this.wasActive && !this.isActive) this.hint("")
    this.wasActive = this.isActive
    if (!CSS.supports("field-sizing", "content")) this.grow()
  }

  grow() {
    this.text.style.height = "auto"
    this.text.style.height = `${Math.min(this.text.scrollHeight, innerHeight / 3)}px`
  }

  hint(words) {
    const line = this.querySelector(".composer__hint")
    if (line && line.textContent !== words) line.textContent = words
  }

  focusText() {
    if (matchMedia("(pointer: fine)").matches) this.text.focus({ preventScroll: true })
  }
})
