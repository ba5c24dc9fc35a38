// A part that comes anew because its own button was pressed has the focus again: on that button, or on what is in its place.
// What comes anew for another reason leaves a menu alone that somebody is about to open, has open, or waits for: htmx would
// look for what a response brings in the part that it came from, and that would be gone.
{
  let pressed = null, answered = null

  customElements.define("keep-focus", class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("submit", this)
      if (pressed?.part === this.id && this.hadFocus) this.takeFocus()
    }

    // The old part may still be there, or be gone with the focus; whoever went elsewhere meanwhile stays there.
    get hadFocus() {
      const { activeElement, body } = document
      return activeElement === body || activeElement.closest("keep-focus")?.id === this.id
    }

    handleEvent({ submitter }) { pressed = { part: this.id, name: submitter?.dataset.focus } }

    takeFocus() {
      const same = pressed.name && this.querySelector(`[data-focus="${pressed.name}"]`)
      const found = same || this.querySelector("input, [tabindex], button")
      pressed = null
      found?.focus({ preventScroll: true })
    }
  })

  document.addEventListener("htmx:beforeSwap", ({ detail }) => { answered = detail.requestConfig.elt })
  document.addEventListener("htmx:afterRequest", () => { answered = null })
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    const isInUse = detail.target.querySelector(":popover-open, [popover] .htmx-request, [popovertarget]:focus")
    if (isInUse && !detail.target.contains(answered)) detail.shouldSwap = false
  })
}
