// Ctrl/Cmd+K, or the link "Search", opens the search above whatever page one is on. Escape closes it and gives the focus back.
customElements.define("search-chats", class extends HTMLElement {
  get dialog() { return this.querySelector("dialog") }

  connectedCallback() { for (const name of ["keydown", "click"]) document.addEventListener(name, this) }
  disconnectedCallback() { for (const name of ["keydown", "click"]) document.removeEventListener(name, this) }

  handleEvent(event) {
    if (event.type === "click" && event.target === this.dialog) return this.dialog.close() // beside it
    const isKey = event.code === "KeyK" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey
    const isLink = event.type === "click" && event.button === 0 && !event.ctrlKey && !event.metaKey && event.target.closest("[data-search]")
    if (!isKey && !isLink) return
    event.preventDefault()
    if (!this.dialog.open) this.dialog.showModal()
    this.querySelector("input").select()
  }
})
