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
    if (target.closest("[data-attach]")) this.input.click()
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

  upload(file) {
    const chip = this.uploadingChip(file.name)
    const request = new XMLHttpRequest()
    request.open("POST", "/attachments/")
    const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1]
    request.setRequestHeader("X-CSRFToken", token ?? this.form.csrfmiddlewaretoken.value)
    request.setRequestHeader("HX-Request", "true")
    request.upload.onprogress = ({ loaded, total }) => { chip.lastChild.value = (100 * loaded) / total }
    request.onloadend = () => { this.uploaded(file.name, request); chip.remove() }
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
    if ([200, 422].includes(request.status) && hasChip) return htmx.swap(this.chips, request.responseText, { swapStyle: "beforeend", swapDelay: 0, settleDelay: 0 })
    const alert = Object.assign(document.createElement("p"), { className: "composer__error" })
    alert.setAttribute("role", "alert")
    const why = this.constructor.failures[request.status] ?? `the site failed (${request.status}). Try again.`
    alert.textContent = `${name} was not attached: ${why}`
    this.chips.append(alert)
  }
})
