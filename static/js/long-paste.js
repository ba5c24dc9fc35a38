// A very long pasted text is offered to be attached as a file instead. It leaves the message once the file has arrived.
customElements.define("long-paste", class extends HTMLElement {
  static longChars = 8000

  get composer() { return this.closest("chat-composer") }
  get line() { return this.querySelector("p") }
  get text() { return this.composer.querySelector("textarea") }

  connectedCallback() {
    for (const name of ["paste", "input", "draft-sent"]) this.composer.addEventListener(name, this)
    this.addEventListener("click", this)
  }

  handleEvent({ type, target, clipboardData }) {
    if (type === "paste" && target === this.text) this.pasted(clipboardData.getData("text/plain").replaceAll("\r\n", "\n"))
    if (type === "input" && this.words && !this.isThere) this.withdraw()
    if (type === "draft-sent") this.withdraw()
    if (type === "click" && target.closest("[data-attach-paste]")) this.attach()
  }

  get isThere() { return this.text.value.includes(this.words) }

  pasted(words) {
    if (words.length < this.constructor.longChars) return
    setTimeout(() => this.offer(words)) // when it stands in the message
  }

  offer(words) {
    this.words = words
    if (!this.isThere) return this.withdraw()
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button button--small", textContent: "Attach it as a file" })
    button.dataset.attachPaste = ""
    this.line.replaceChildren(`You pasted ${words.length.toLocaleString()} characters. `, button)
  }

  async attach() {
    const { words } = this
    this.withdraw()
    const name = `pasted ${new Date().toLocaleTimeString("en-GB").replaceAll(":", ".")}.txt`
    const wasTaken = await document.querySelector("attach-files").upload(new File([words], name, { type: "text/plain" }))
    if (wasTaken) this.takeOut(words)
    this.text.focus()
  }

  // As if it had been selected and deleted, so that Undo brings it back.
  takeOut(words) {
    const at = this.text.value.indexOf(words)
    if (at < 0) return
    this.text.focus()
    this.text.setSelectionRange(at, at + words.length)
    document.execCommand("delete")
  }

  withdraw() {
    this.words = ""
    this.line.replaceChildren()
  }
})
