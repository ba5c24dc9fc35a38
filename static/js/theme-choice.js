// Shows a chosen theme at once; the form around the choice saves it.
customElements.define("theme-choice", class extends HTMLElement {
  connectedCallback() { this.addEventListener("change", this) }

  handleEvent({ target }) {
    if (target.name !== "theme") return
    if (target.value === "system") delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = target.value
  }
})
