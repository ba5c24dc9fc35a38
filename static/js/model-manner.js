// Effort and thinking: offers what the chosen model takes, and says on its button what is chosen.
customElements.define("model-manner", class extends HTMLElement {
  get effort() { return this.querySelector("[name=effort]") }
  get thinking() { return this.querySelector("[name=thinking]") }
  get model() { return this.closest("form").model.selectedOptions[0]?.dataset ?? {} }

  connectedCallback() {
    this.form = this.closest("form")
    this.form.addEventListener("change", this)
    this.show()
  }

  disconnectedCallback() { this.form.removeEventListener("change", this) }

  handleEvent({ target }) {
    if (["model", "effort", "thinking"].includes(target.name)) this.show()
  }

  show() {
    const { efforts = "", ownEffort, thinking } = this.model
    this.offer(this.effort, efforts.split(" ").filter(Boolean))
    this.offer(this.thinking, [thinking].filter(Boolean))
    const own = [...this.effort.options].find((option) => option.value === ownEffort)
    this.effort.options[0].textContent = own ? `The model's own (${own.textContent.toLowerCase()})` : "The model's own"
    this.hidden = !efforts && !thinking
    this.querySelector("[data-shown]").textContent = this.effort.value ? `Effort: ${this.effort.selectedOptions[0].textContent.toLowerCase()}` : "Effort"
  }

  // What another model does not take is not chosen any more: the site would leave it out without a word.
  offer(select, values) {
    for (const option of select.options) option.hidden = option.disabled = Boolean(option.value) && !values.includes(option.value)
    if (select.selectedOptions[0]?.disabled) select.value = ""
    select.disabled = !values.length
  }
})
