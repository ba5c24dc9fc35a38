// Writing a question: which keys send it, whether it can be sent now, and a hint when it cannot.
customElements.define("chat-composer", class extends HTMLElement {
  static longPaste = 8000 // characters

  get form() { return this.querySelector("form") }
  get text() { return this.querySelector("textarea") }
  get isActive() { return Boolean(this.querySelector("[data-stop]")) }
  get isUploading() { return Boolean(this.querySelector("[data-uploading]")) }
  get isEmpty() { return !this.text.value.trim() && !this.querySelector("input[name=attachments]") }

  connectedCallback() {
    for (const name of ["keydown", "input", "paste", "htmx:afterRequest"]) this.addEventListener(name, this)
    this.addEventListener("submit", this, true) // before htmx, which listens on the form itself
    document.addEventListener("click", this)
    document.addEventListener("preferences-saved", this)
    this.observer = new MutationObserver(() => this.refresh())
    this.observer.observe(this, { childList: true, subtree: true, attributeFilter: ["data-sending"] })
    this.refresh()
    if (!location.hash) this.focusText()
  }

  disconnectedCallback() {
    document.removeEventListener("click", this)
    document.removeEventListener("preferences-saved", this)
    this.observer.disconnect()
  }

  handleEvent(event) {
    if (event.type === "keydown" && event.target === this.text) this.pressed(event)
    if (event.type === "submit" && event.target === this.form) this.submitted(event)
    if (event.type === "click") this.clicked(event)
    if (event.type === "paste") this.pasted(event.clipboardData.getData("text/plain").length)
    if (event.type === "input") this.hint("")
    if (event.type === "input") this.refresh()
    if (event.type === "htmx:afterRequest") this.stopped(event.detail)
    if (event.type === "preferences-saved") this.dataset.enterSends = event.detail.enter_sends
  }

  pressed(event) {
    // Safari ends the composition before the Enter that confirmed it; only the key code still tells.
    if (event.key !== "Enter" || event.altKey || event.isComposing || event.keyCode === 229) return
    const enterBreaks = this.dataset.enterSends === "false" || matchMedia("(pointer: coarse)").matches
    if (event.shiftKey !== enterBreaks && !event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    this.form.requestSubmit()
  }

  submitted(event) {
    const isSending = Boolean(this.querySelector("[data-sending]"))
    if (!isSending && !this.isActive && !this.isUploading && !this.isEmpty) return this.focusText()
    event.preventDefault()
    event.stopImmediatePropagation()
    if (this.isUploading) this.hint("The files are still being uploaded.")
    if (this.isActive) this.hint("Claude is still answering. Your text stays here until you send it.")
  }

  clicked(event) {
    const example = event.target.closest("[data-example]")
    if (example) event.preventDefault()
    if (example) this.takeUp(example.dataset.example)
    const stop = event.target.closest("[data-stop]")
    if (stop) this.stopping(stop)
  }

  takeUp(words) {
    this.text.value = words
    this.text.focus()
    this.refresh()
  }

  // htmx has sent the request by now; the settled answer brings another button.
  stopping(button) {
    button.disabled = true
    button.lastChild.textContent = "Stopping…"
    this.focusText()
  }

  stopped({ elt, xhr }) {
    if (!elt.matches("[data-stop]") || xhr.status === 204) return
    elt.disabled = false
    elt.lastChild.textContent = "Stop"
    this.hint("The site could not be reached. Try to stop again.")
  }

  pasted(length) {
    // After the input event, which clears the hint.
    if (length > this.constructor.longPaste) setTimeout(() => this.hint(`Pasted ${length.toLocaleString()} characters.`))
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
