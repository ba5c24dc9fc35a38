// Offers to undo for some seconds, and for as long as somebody is at it.
customElements.define("undo-notice", class extends HTMLElement {
  static shownMs = 10_000

  connectedCallback() {
    history.replaceState(history.state, "", location.pathname) // a reload is not to offer it anew
    this.later()
  }

  disconnectedCallback() { clearTimeout(this.timer) }

  later() { this.timer = setTimeout(() => this.matches(":hover, :focus-within") ? this.later() : this.remove(), this.constructor.shownMs) }
})
