// Attaching files by button, paste or drop: each is uploaded at once and shown while it travels.
customElements.define("attach-files", class extends HTMLElement {
  static failures = {
    0: "the site cannot be reached. Try again when you are back online.",
    200: "you are signed out. Sign in in a new tab and attach it again.",
    413: "it is too large.",
    429: "too many uploads at once. Wait a moment and try again.",
  }

  get form() { return this.querySelector("form") }
  get input() { return this.querySelector("input[type=file]") }
  get chips() { return this.querySelector(".composer__attachments") }

  connectedCallback() {
    for (const name of ["change", "click", "paste"]) this.addEventListener(name, this)
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(name, this)
    addEventListener("beforeunload", (event) => this.querySelector("[data-uploading]") && event.preventDefault())
  }

  disconnectedCallback() {
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) document.removeEventListener(name, this)
  }

  handleEvent(event) {
    if (event.type === "change" && event.target === this.input) this.chosen()
    else if (event.type === "click") this.clicked(event.target)
    else if (event.type === "paste") this.pasted(event)
    else if (event.dataTransfer?.types.includes("Files")) this.dragged(event)
  }

  chosen() {
    const files = [...this.input.files]
    this.input.value = "" // the form itself must not send them again
    this.uploadAll(files)
  }

  clicked(target) {
    const attach = target.closest("[data-attach]")
    if (attach) this.closest("chat-composer").hint(`${attach.title}.`) // on a phone no title is ever seen
    if (attach) this.input.click()
    if (target.closest(".chip button")) this.querySelector("textarea").focus() // htmx removes the chip
  }

  pasted(event) {
    const data = event.clipboardData
    if (!data.files.length || data.types.includes("text/plain")) return // a copied table brings its picture along
    event.preventDefault()
    this.uploadAll(data.files)
  }

  dragged(event) {
    if (event.type !== "dragleave") event.preventDefault()
    const isLeaving = event.type === "drop" || (event.type === "dragleave" && !event.relatedTarget)
    this.toggleAttribute("data-dragging", !isLeaving)
    if (event.type === "drop") this.uploadAll(event.dataTransfer.files)
  }

  uploadAll(files) {
    for (const refusal of this.chips.querySelectorAll("[role=alert]")) refusal.remove()
    for (const file of files) this.upload(file)
  }

  // Whether it was taken, once that is known.
  upload(file) {
    if (file.size > this.input.dataset.mostBytes) return this.refuse(file.name, "it is too large. The most is " + Math.floor(this.input.dataset.mostBytes / 2 ** 20) + " MB.")
    return new Promise((resolve) => this.send(file, resolve))
  }

  send(file, resolve) {
    const chip = this.uploadingChip(file.name)
    const request = new XMLHttpRequest()
    request.open("POST", "/attachments/")
    request.setRequestHeader("X-CSRFToken", csrfToken())
    request.setRequestHeader("HX-Request", "true")
    request.upload.onprogress = ({ loaded, total }) => { chip.lastChild.value = (100 * loaded) / total }
    request.onloadend = () => { this.uploaded(file.name, request); chip.remove(); resolve(request.status === 200 && request.responseText.includes("name=\"attachments\"")) }
    const body = new FormData()
    body.append("file", file, file.name)
    request.send(body)
  }

  uploadingChip(name) {
    const chip = document.createElement("div")
    Object.assign(chip, { className: "chip" }).setAttribute("data-uploading", "")
    const label = Object.assign(document.createElement("span"), { textContent: name })
    const progress = Object.assign(document.createElement("progress"), { max: 100, value: 0 })
    progress.setAttribute("aria-label", `Uploading ${name}`)
    chip.append(label, progress)
    this.chips.append(chip)
    return chip
  }

  uploaded(name, request) {
    const hasChip = request.responseText.includes('class="chip') // with 422 a refusal that names the file and the limit
    if ([200, 422].includes(request.status) && hasChip) return this.show(request.responseText)
    this.refuse(name, this.constructor.failures[request.status] ?? `the site failed (${request.status}). Try again.`)
  }

  show(chips) {
    htmx.swap(this.chips, chips, { swapStyle: "beforeend", swapDelay: 0, settleDelay: 0 })
    if (this.chips.querySelector("[role=alert]")) this.chips.scrollTop = 0 // a refusal stands before the others
  }

  refuse(name, why) {
    const alert = Object.assign(document.createElement("p"), { className: "composer__error" })
    alert.setAttribute("role", "alert")
    alert.textContent = `${name} was not attached: ${why}`
    this.chips.prepend(alert)
    this.chips.scrollTop = 0
    return false
  }
})
