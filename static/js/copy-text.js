// Copies one code block, or a whole message as Markdown, and says that it did.
{
  const write = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text)
    // The clipboard needs https or localhost; on plain http in a local network the old way still works.
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" })
    document.body.append(area)
    area.select()
    document.execCommand("copy")
    area.remove()
  }

  class CopyText extends HTMLElement {
    connectedCallback() { this.addEventListener("click", this) }

    async handleEvent() {
      const button = this.querySelector("button")
      await write(this.words())
      button.focus()
      this.say(button)
    }

    say(button) {
      if ("copied" in this.dataset) return
      const label = button.querySelector("[data-label]") ?? button
      const before = label.textContent
      this.dataset.copied = ""
      if (label !== button || !button.querySelector("svg")) label.textContent = "Copied"
      document.getElementById("status")?.replaceChildren("Copied")
      setTimeout(() => {
        delete this.dataset.copied
        if (label.textContent === "Copied") label.textContent = before
      }, 2000)
    }
  }

  customElements.define("copy-code", class extends CopyText {
    words() { return this.closest("figure").querySelector("code").textContent }
  })

  customElements.define("copy-message", class extends CopyText {
    words() {
      const message = this.closest(".message")
      const files = [...message.querySelectorAll("[data-attached]")].map((file) => `*Attached: ${file.dataset.attached}*`)
      return [...files, message.querySelector("template.message__source").content.textContent].join("\n\n")
    }
  })
}
