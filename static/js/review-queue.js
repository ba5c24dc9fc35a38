// The review queue by keyboard: j and k move, a letter for each state marks the row that has the focus and goes on to
// the next. Keys count while nothing is being typed, and not at all with the checkbox off. Without this script there
// are the selects in the rows and the actions above them.
{
  const TYPING = "input:not([type=checkbox]), select, textarea, [contenteditable]"

  customElements.define("review-queue", class extends HTMLElement {
    connectedCallback() {
      this.rows = [...this.querySelectorAll("#result_list tbody tr")]
      this.states = Object.fromEntries([...this.querySelectorAll("[data-state]")].map((key) => [key.dataset.key, key.dataset.state]))
      for (const row of this.rows) {
        row.tabIndex = -1
        this.select(row).dataset.was = this.select(row).value
      }
      if (this.rows[0]) this.rows[0].tabIndex = 0
      this.querySelector(".review__keys").hidden = false
      document.addEventListener("keydown", this)
    }

    disconnectedCallback() { document.removeEventListener("keydown", this) }

    handleEvent(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches(TYPING)) return
      if (!this.querySelector("[data-keys]").checked) return
      const row = this.row()
      const state = this.states[event.key]
      if (event.key === "j") this.go(row ? 1 : 0)
      else if (event.key === "k") this.go(-1)
      else if (row && state) this.mark(row, state)
      else if (row && event.key === "m") this.assign(row)
      else if (row && event.key === "o") row.querySelector("th a").click()
      else return
      event.preventDefault()
    }

    row() { return document.activeElement?.closest("review-queue tbody tr") }

    select(row) { return row.querySelector("select[name$='-state']") }

    address(row) { return `${this.dataset.base}${row.querySelector("input.action-select").value}/review/` }

    go(step) {
      const at = this.rows.indexOf(this.row())
      const next = this.rows[Math.min(Math.max(at + step, 0), this.rows.length - 1)]
      for (const row of this.rows) row.tabIndex = row === next ? 0 : -1
      next?.focus()
    }

    async send(row, fields) {
      try {
        return await request(this.address(row), { method: "POST", body: new URLSearchParams(fields) })
      } catch {
        return { ok: false, status: 0 }
      }
    }

    async mark(row, state) {
      const select = this.select(row)
      const answer = await this.send(row, { state, was: select.dataset.was })
      if (answer.status === 409) {
        select.value = select.dataset.was = await answer.text()
        return this.say(`Somebody has marked it as ${this.words(select)} in the meantime.`)
      }
      if (!answer.ok) return this.say("That did not reach the site. Try again.")
      select.value = select.dataset.was = state
      this.say(`Marked as ${this.words(select)}.`)
      if (this.row() === row) this.go(1)
    }

    async assign(row) {
      const answer = await this.send(row, { assignee: "me" })
      if (!answer.ok) return this.say("That did not reach the site. Try again.")
      const cell = row.querySelector(".field-assigned")
      if (cell) cell.textContent = document.querySelector(".user-name").textContent
      this.say("It is yours.")
    }

    words(select) { return select.selectedOptions[0].textContent.toLowerCase() }

    say(words) { this.querySelector(".review__said").textContent = words }
  })
}
