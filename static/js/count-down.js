// Counts the seconds down until Claude is asked. Screen readers hear them once, from the status line.
customElements.define("count-down", class extends HTMLElement {
  connectedCallback() {
    this.endsAt = performance.now() + this.dataset.seconds * 1000
    this.timer = setInterval(() => this.show(), 250)
  }

  disconnectedCallback() { clearInterval(this.timer) }

  show() {
    const seconds = Math.ceil((this.endsAt - performance.now()) / 1000)
    const words = `${this.dataset.then} in ${seconds} s`
    if (seconds <= 0) this.parentElement.replaceChildren() // the next attempt has begun
    else if (this.textContent !== words) this.textContent = words
  }
})
