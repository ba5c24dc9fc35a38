// Opens a thumbnail large in a dialog. Without scripts the link opens the picture itself.
customElements.define("image-viewer", class extends HTMLElement {
  connectedCallback() { this.addEventListener("click", this) }

  handleEvent(event) {
    const link = event.target.closest("a[href]")
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    this.open(link, link.querySelector("img")?.alt ?? "")
  }

  open(link, alt) {
    const dialog = Object.assign(document.createElement("dialog"), { className: "viewer" })
    dialog.setAttribute("aria-label", alt || "Picture")
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close", className: "viewer__close" })
    const picture = Object.assign(document.createElement("img"), { src: link.href, alt, className: "viewer__picture" })
    dialog.append(close, picture)
    dialog.addEventListener("click", ({ target }) => target !== picture && dialog.close())
    dialog.addEventListener("close", () => { dialog.remove(); link.focus() })
    document.body.append(dialog)
    dialog.showModal()
  }
})
