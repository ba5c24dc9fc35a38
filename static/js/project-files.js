// The files of a project come and go beside words that are not saved yet. What did not reach the site is told here.
customElements.define("project-files", class extends HTMLElement {
  connectedCallback() {
    for (const name of ["htmx:beforeSend", "htmx:afterRequest"]) this.addEventListener(name, this)
  }

  handleEvent({ type, detail }) {
    this.querySelector("[role=status]").textContent = type === "htmx:beforeSend" ? "One moment…" : ""
    if (type === "htmx:beforeSend") this.tell()
    else if (!detail.successful && detail.xhr.status !== 422) this.tell(this.failure(detail.xhr))
  }

  failure({ status }) {
    if (!status) return "Nothing was changed: the site cannot be reached. Try again when you are back online."
    if (status === 404) return "Nothing was changed: this project or file is no longer there. Reload the page."
    if (status === 413) return "Nothing was added: together these files are too large. Add them one by one."
    return `Nothing was changed: the site failed (${status}). Try again.`
  }

  tell(...words) {
    const said = words.map((textContent) => Object.assign(document.createElement("p"), { textContent }))
    this.querySelector("[role=alert]").replaceChildren(...said)
  }
})
