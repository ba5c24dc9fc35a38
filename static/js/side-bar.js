// The sidebar: opens and closes, beside the thread on wide screens, where it is remembered, over it on narrow ones. When
// somebody comes back to its window, its list is looked at anew.
customElements.define("side-bar", class extends HTMLElement {
  narrow = matchMedia("(width < 48rem)")

  get isOpen() { return this.dataset.open ? this.dataset.open === "true" : !this.narrow.matches }
  get toggles() { return document.querySelectorAll("[data-sidebar-toggle]") }

  connectedCallback() {
    for (const name of ["click", "keydown", "visibilitychange"]) document.addEventListener(name, this)
    this.narrow.addEventListener("change", this)
    this.arrange()
  }

  disconnectedCallback() {
    for (const name of ["click", "keydown", "visibilitychange"]) document.removeEventListener(name, this)
    this.narrow.removeEventListener("change", this)
  }

  handleEvent(event) {
    if (event.type === "change") return this.arrange()
    if (event.type === "visibilitychange") return document.hidden || document.body.dispatchEvent(new CustomEvent("looked-at-again"))
    const isOverlay = this.narrow.matches && this.isOpen
    if (event.type === "keydown") return event.key === "Escape" && isOverlay && this.choose(false)
    if (event.target.closest("[data-sidebar-toggle]")) return this.choose(!this.isOpen)
    if (isOverlay && !this.contains(event.target)) this.choose(false)
  }

  arrange() {
    this.show(this.narrow.matches ? false : localStorage.getItem("sidebar") !== "closed")
  }

  choose(isOpen) {
    this.show(isOpen)
    if (!this.narrow.matches) localStorage.setItem("sidebar", isOpen ? "open" : "closed")
    if (isOpen) this.querySelector("a[href], button").focus()
    else [...this.toggles].find((toggle) => !this.contains(toggle))?.focus()
  }

  show(isOpen) {
    this.dataset.open = isOpen
    for (const toggle of this.toggles) toggle.setAttribute("aria-expanded", isOpen)
  }
})
