// "5 minutes ago" instead of a date; the exact one stays in the title.
customElements.define("relative-time", class extends HTMLElement {
  static steps = [["second", 60], ["minute", 60], ["hour", 24], ["day", 7], ["week", 4.35], ["month", 12], ["year", Infinity]]

  connectedCallback() {
    this.at = Date.parse(this.getAttribute("datetime"))
    this.title = new Date(this.at).toLocaleString()
    this.show()
    this.timer = setInterval(() => this.show(), 60_000)
  }

  disconnectedCallback() { clearInterval(this.timer) }

  show() {
    let amount = (this.at - Date.now()) / 1000
    for (const [unit, perNext] of this.constructor.steps) {
      if (Math.abs(Math.round(amount)) < perNext) {
        const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" })
        this.textContent = unit === "second" ? "just now" : words.format(Math.round(amount), unit)
        return
      }
      amount /= perNext
    }
  }
})
