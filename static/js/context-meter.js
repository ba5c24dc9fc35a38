// What the chat and this message take of what the model can read, by estimate: quiet, and silent while it is little.
customElements.define("context-meter", class extends HTMLElement {
  static charsPerToken = 3 // as on the server
  static silentBelow = 1000 // tokens

  connectedCallback() {
    this.form = this.closest("form")
    for (const name of ["input", "change"]) this.form.addEventListener(name, this)
    this.observer = new MutationObserver(() => this.show())
    this.observer.observe(document.getElementById("thread").parentElement, { childList: true, subtree: true })
    this.observer.observe(this.form.querySelector(".composer__attachments"), { childList: true })
    this.show()
  }

  disconnectedCallback() {
    for (const name of ["input", "change"]) this.form.removeEventListener(name, this)
    this.observer.disconnect()
    cancelAnimationFrame(this.frame)
  }

  handleEvent() { this.show() }

  // Many changes come within a frame while an answer streams.
  show() {
    cancelAnimationFrame(this.frame)
    this.frame = requestAnimationFrame(() => this.draw())
  }

  draw() {
    const { contextTokens, imageTokens } = this.form.model.selectedOptions[0]?.dataset ?? {}
    const answers = document.querySelectorAll("#thread [data-context-tokens]")
    const said = Number([...answers].at(-1)?.dataset.contextTokens ?? 0)
    const written = this.form.text.value.length / this.constructor.charsPerToken
    const images = this.form.querySelectorAll("input[name=attachments]").length * Number(imageTokens)
    const tokens = said + written + images
    const share = tokens / Number(contextTokens)
    this.toggleAttribute("data-full", share > 0.9)
    const words = tokens < this.constructor.silentBelow || !share ? "" : `About ${this.rounded(tokens)} tokens, ${this.percent(share)} of the window`
    if (this.textContent !== words) this.textContent = words
  }

  rounded(tokens) { return Number(tokens.toPrecision(2)).toLocaleString() }

  percent(share) { return share < 0.01 ? "under 1 %" : `${Math.round(share * 100)} %` }
})
