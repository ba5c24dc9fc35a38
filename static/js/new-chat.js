// Ctrl/Cmd+Shift+O follows the link "New chat" from everywhere.
customElements.define("new-chat", class extends HTMLElement {
  connectedCallback() { document.addEventListener("keydown", this) }
  disconnectedCallback() { document.removeEventListener("keydown", this) }

  handleEvent(event) {
    if (event.code !== "KeyO" || !event.shiftKey || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    if (location.pathname === "/") document.querySelector("#composer textarea").focus()
    else this.querySelector("a").click()
  }
})
