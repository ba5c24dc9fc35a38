// The name of the open chat, whoever gave it: the heading has it first, and window and list follow.
customElements.define("chat-title", class extends HTMLElement {
  connectedCallback() {
    this.observer = new MutationObserver(() => this.spread())
    this.observer.observe(this, { childList: true, characterData: true, subtree: true })
  }

  disconnectedCallback() { this.observer.disconnect() }

  spread() {
    const name = this.textContent.trim()
    const link = document.querySelector('#conversations [aria-current="page"]')
    document.title = `${name} · Chatsite`
    if (link && !link.textContent.includes(name)) document.body.dispatchEvent(new CustomEvent("looked-at-again"))
  }
})
