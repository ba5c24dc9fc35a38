// While Claude thinks and its thoughts are folded away, one line tells the newest of them.
customElements.define("thinking-line", class extends HTMLElement {
  connectedCallback() {
    this.text = this.closest("details").querySelector(".thinking__text")
    this.news = new MutationObserver(() => this.show())
    this.news.observe(this.text, { childList: true, subtree: true, characterData: true })
    this.show()
  }

  disconnectedCallback() { this.news.disconnect() }

  show() {
    const words = this.text.textContent.trimEnd()
    this.textContent = words.slice(words.lastIndexOf("\n") + 1)
  }
})
