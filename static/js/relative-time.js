// "5 minutes ago" instead of a date; the exact one stays in the title, or with `exact` the other way round. By the site's
// clock: this computer's may be wrong.
customElements.define("relative-time", class extends HTMLElement {
  static steps = [["second", 60], ["minute", 60], ["hour", 24], ["day", 7], ["week", 4.35], ["month", 12], ["year", Infinity]]
  static behind = Date.parse(document.currentScript.dataset.now) - (Date.now() - performance.now())

  connectedCallback() {
    this.at = Date.parse(this.getAttribute("datetime"))
    this.exact = new Date(this.at).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" })
    this.show()
    this.timer = setInterval(() => this.show(), 60_000)
  }

  disconnectedCallback() { clearInterval(this.timer) }

  show() {
    const isExact = this.hasAttribute("exact")
    this.textContent = isExact ? `on ${this.exact}` : this.words
    this.title = isExact ? this.words : this.exact
  }

  get words() {
    let amount = (this.at - Date.now() - this.constructor.behind) / 1000
    for (const [unit, perNext] of this.constructor.steps) {
      if (Math.abs(Math.round(amount)) < perNext) {
        const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" })
        return unit === "second" ? "just now" : words.format(Math.round(amount), unit)
      }
      amount /= perNext
    }
  }
})
