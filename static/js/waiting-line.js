// Says that Claude is waited for, and for how long once ten seconds have passed without news.
customElements.define("waiting-line", class extends HTMLElement {
  static longS = 10

  get hasWords() { return Boolean(this.body.textContent.trim()) }

  connectedCallback() {
    this.body = this.closest(".message").querySelector(".message__body")
    // Both times are the server's: a wrong clock on this side does no harm.
    const waited = Date.parse(this.dataset.now) - Date.parse(this.dataset.since)
    this.newsAt = performance.now() - (this.hasWords ? 0 : Math.max(waited, 0) || 0)
    this.news = new MutationObserver(() => this.heard())
    this.news.observe(this.body, { childList: true, subtree: true, characterData: true })
    this.timer = setInterval(() => this.show(), 1000)
    this.show()
  }

  disconnectedCallback() {
    this.news.disconnect()
    clearInterval(this.timer)
  }

  heard() {
    this.newsAt = performance.now()
    this.isAnnounced = false
    this.show()
  }

  show() {
    if (this.querySelector("count-down, [data-queued]")) return // they say what is waited for
    const seconds = Math.floor((performance.now() - this.newsAt) / 1000)
    const isLong = seconds >= this.constructor.longS
    if (isLong) this.write(`Still waiting for Claude, ${seconds} s`)
    else this.write(this.hasWords ? "" : "Waiting for Claude…")
    if (isLong && !this.isAnnounced) document.getElementById("status")?.replaceChildren("Still waiting for Claude")
    this.isAnnounced = isLong
  }

  write(words) {
    this.line ??= this.querySelector("[data-words]") ?? this.appendChild(document.createElement("span"))
    if (this.line.textContent !== words) this.line.textContent = words
  }
})
