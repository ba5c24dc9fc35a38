// Follows the answer while the reader is at its end, and leaves the reader alone everywhere else.
customElements.define("auto-scroll", class extends HTMLElement {
  static farPx = 200
  static hands = ["wheel", "keydown", "pointerdown", "touchmove"] // what a reader scrolls with

  get fromEnd() { return this.scrollHeight - this.scrollTop - this.clientHeight }
  get jump() { return this.querySelector("[data-jump]") }
  get held() { return this.heldId && document.getElementById(this.heldId) }
  get isEmpty() { return !this.querySelector(".message") } // examples are read from their beginning

  connectedCallback() {
    this.follows = !location.hash && !this.isEmpty
    for (const name of ["scroll", ...this.constructor.hands]) this.addEventListener(name, this, { passive: true })
    for (const name of ["click", "htmx:beforeSwap", "htmx:afterSwap", "htmx:oobBeforeSwap"]) this.addEventListener(name, this)
    this.sizes = new ResizeObserver(() => this.settle())
    this.sizes.observe(this)
    this.additions = new MutationObserver((changes) => this.added(changes))
    this.additions.observe(this, { childList: true, subtree: true })
    this.watch()
    this.settle()
  }

  disconnectedCallback() {
    this.sizes.disconnect()
    this.additions.disconnect()
  }

  handleEvent(event) {
    if (this.constructor.hands.includes(event.type)) this.heldId = null
    if (event.type === "wheel" && event.deltaY < 0) this.follows = false
    if (event.type === "scroll") this.scrolled()
    if (event.type === "click" && event.target.closest("[data-jump]")) this.jumpToEnd()
    if (event.type === "htmx:beforeSwap") this.hold(this.querySelector(".message"))
    if (event.type === "htmx:oobBeforeSwap" && event.target.id === "thread") this.holdPlace()
    if (event.type === "htmx:afterSwap") this.settle()
  }

  // Older messages come in above this one, which stays where it is, also while they find their true heights.
  hold(message) {
    this.heldId = message?.id
    if (message) this.heldTop = message.getBoundingClientRect().top
  }

  // A snapshot brings what is being read once more.
  holdPlace() {
    this.scrolled() // the event of a scroll comes with the next paint, and that is too late
    const top = this.getBoundingClientRect().top
    this.hold([...this.querySelectorAll("#thread > .message")].find((message) => message.getBoundingClientRect().bottom > top))
  }

  scrolled() {
    // When content above shrinks, the browser moves up by itself and the whole is shorter: that is no reader.
    const movedUp = this.scrollTop < this.lastTop - 1 && this.scrollHeight >= this.lastHeight
    const isReader = Math.abs(this.scrollTop - this.lastTop) > 1 && this.scrollHeight === this.lastHeight
    if (isReader) this.heldId = null
    if (movedUp) this.follows = false
    else if (this.fromEnd < 2 && !this.isEmpty) this.follows = true
    this.remember()
  }

  added(changes) {
    this.watch()
    const isPending = (node) => node.id === "pending" || node.matches?.(".message--unsent")
    if (changes.some((change) => [...change.addedNodes].some(isPending))) this.follows = true
    this.settle()
  }

  watch() {
    const thread = this.querySelector("#thread")
    if (!thread || thread === this.thread) return
    this.thread = thread
    this.sizes.observe(thread)
  }

  settle() {
    if (this.follows) this.scrollTop = this.scrollHeight
    else if (this.held) this.scrollTop += this.held.getBoundingClientRect().top - this.heldTop
    this.remember()
  }

  remember() {
    this.lastTop = this.scrollTop
    this.lastHeight = this.scrollHeight
    if (this.jump) this.jump.hidden = this.isEmpty || this.fromEnd < this.constructor.farPx
  }

  jumpToEnd() {
    this.follows = true
    this.settle()
    if (matchMedia("(pointer: fine)").matches) document.querySelector("#composer textarea")?.focus({ preventScroll: true })
  }
})
