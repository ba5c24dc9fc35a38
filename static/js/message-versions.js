// Going between versions: the thread comes anew, and the button that was pressed keeps the focus.
{
  let pressed = null

  customElements.define("message-versions", class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", this, true)
      if (pressed?.place === this.dataset.place) this.takeFocus()
    }

    handleEvent(event) {
      const button = event.target.closest("button")
      if (!button) return
      if (button.getAttribute("aria-disabled") === "true") event.preventDefault()
      else pressed = { place: this.dataset.place, step: button.value }
    }

    takeFocus() {
      this.querySelector(`[value="${pressed.step}"]`).focus({ preventScroll: true })
      document.getElementById("status").textContent = `Version ${this.textContent.trim().replace("/", " of ")}`
      pressed = null
    }
  })
}
