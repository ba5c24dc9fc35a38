// Signing out leaves nothing in the tabs: what is written is kept on the site first, then every tab erases what it holds.
customElements.define("sign-out", class extends HTMLElement {
  static patienceMs = 2000

  connectedCallback() { this.addEventListener("submit", this) }

  async handleEvent(event) {
    event.preventDefault()
    const tooLong = new Promise((resolve) => setTimeout(resolve, this.constructor.patienceMs))
    await Promise.race([document.querySelector("keep-draft")?.letGo(), tooLong])
    sessionStorage.clear()
    new BroadcastChannel("sign-out").postMessage("")
    event.target.submit()
  }
})
