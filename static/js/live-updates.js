// Keeps the page live: reconnects, says when it cannot, and connects a new conversation after its first question.
customElements.define("live-updates", class extends HTMLElement {
  static endings = {
    4401: "You are signed out. ",
    4404: "This conversation is gone.",
    4429: "This conversation is open in too many tabs. Close some of them and reload this one.",
  }
  static heard = [
    "htmx:configRequest", "htmx:wsOpen", "htmx:wsClose", "htmx:wsAfterMessage", "htmx:oobBeforeSwap", "htmx:beforeOnLoad", "draft-sent", "visibilitychange",
  ]
  static retriedByHtmx = [1006, 1011, 1012, 1013]
  static pollMs = 4000
  static silenceMs = 20_000 // while an answer is on its way
  static lifelessMs = 45_000 // the site says something every 20 s

  get live() { return document.getElementById("live") }
  get revision() { return document.getElementById("revision").value }

  connectedCallback() {
    this.path = location.pathname
    this.lastEnd = this.end
    htmx.config.wsReconnectDelay = (tries) => Math.min(250 * 2 ** tries, 8000) * (0.75 + Math.random() / 4)
    htmx.createWebSocket = (url) => this.open(url)
    for (const name of this.constructor.heard) document.addEventListener(name, this)
    setInterval(() => this.listenHarder(), this.constructor.pollMs)
    for (const name of ["pageshow", "pagehide", "popstate"]) addEventListener(name, this)
  }

  handleEvent(event) {
    const { type, target, detail, persisted } = event
    if (type === "htmx:configRequest") this.renewToken(detail)
    if (type === "htmx:wsOpen") this.opened(detail.socketWrapper)
    if (type === "htmx:wsClose") this.closed(detail.event.code)
    if (type === "htmx:wsAfterMessage") this.noticeEnd()
    if (type === "htmx:oobBeforeSwap" && target.id === "thread") this.keepEarlier(detail.fragment)
    if (type === "htmx:beforeOnLoad" && target.id === "conversations") this.staySignedOut(event)
    if (type === "visibilitychange" && this.isSignedOut && !document.hidden) this.wrapper.reconnect()
    if (type === "draft-sent") this.follow(detail)
    if (type === "pagehide") this.isLeaving = true
    if (type === "pageshow") this.isLeaving = false
    if (type === "pageshow" && persisted) this.wrapper?.reconnect() // the first frame brings what is new
    if (type === "popstate" && location.pathname !== this.path) location.reload()
  }

  renewToken({ headers, parameters }) {
    if (!csrfToken()) return
    headers["X-CSRFToken"] = csrfToken()
    delete parameters.csrfmiddlewaretoken // it would go before the header
  }

  open(url) {
    // Two sockets at once would append everything twice.
    if (this.socket) this.socket.onclose = this.socket.onerror = null
    this.socket?.close()
    return (this.socket = new WebSocket(`${url}?seen=${this.revision}`))
  }

  opened(wrapper) {
    this.wrapper = wrapper
    clearTimeout(this.polling)
    this.polling = null
    this.hasEnded = this.isSignedOut = false
    this.heardAt = performance.now()
    this.say()
  }

  closed(code) {
    if (this.isLeaving) return
    const words = this.constructor.endings[code]
    this.hasEnded = Boolean(words)
    this.isSignedOut = code === 4401
    if (words) return this.say(words, ...(this.isSignedOut ? [this.signIn()] : []))
    this.say("Connection lost. Reconnecting…")
    if (!this.constructor.retriedByHtmx.includes(code)) setTimeout(() => this.wrapper.reconnect(), 500 + 500 * Math.random())
    this.polling ??= this.pollLater(0)
  }

  say(...words) {
    const banner = document.getElementById("connection")
    banner.replaceChildren(...words)
    banner.hidden = !words.length
  }

  // The list of chats looks by itself; nobody who is writing wants to be taken away by that.
  staySignedOut(event) {
    if (!event.detail.xhr.getResponseHeader("HX-Redirect")) return
    event.preventDefault()
    this.closed(4401)
  }

  signIn() {
    const href = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`
    return Object.assign(document.createElement("a"), { href, textContent: "Sign in" })
  }

  // A server to which everybody comes back at once is slow: windows then poll the less, and not all in one moment.
  pollLater(tookMs) {
    const pauseMs = Math.max(this.constructor.pollMs, 10 * tookMs) * (1 + Math.random() / 2)
    return setTimeout(() => this.pollAgain(), pauseMs)
  }

  async pollAgain() {
    const began = performance.now(), timer = this.polling
    await this.poll()
    if (this.polling === timer) this.polling = this.pollLater(performance.now() - began)
  }

  // Where a proxy refuses sockets, reading still works.
  async poll() {
    if (document.querySelector("[data-sending]")) return
    const response = await fetch(`${location.pathname}?seen=${this.revision}`).catch(() => null)
    if (!response?.ok || response.redirected || response.status === 204) return
    const page = new DOMParser().parseFromString(await response.text(), "text/html")
    if (!this.polling) return this.wrapper.reconnect()
    document.querySelector("auto-scroll").holdPlace()
    for (const id of ["revision", "thread", "composer-action"]) {
      const part = document.importNode(page.getElementById(id), true)
      if (id === "thread") this.keepEarlier(part)
      document.getElementById(id).replaceWith(part)
      htmx.process(part)
    }
    this.noticeEnd()
  }

  // A snapshot brings the last page alone. What the reader loaded above it moves into it, with the link that goes on
  // from there, unless the thread has grown by more than a page and there would be a gap.
  keepEarlier(fresh) {
    const first = document.getElementById(fresh.querySelector(".message")?.id)
    const link = first?.parentElement.id === "thread" && first.previousElementSibling
    if (!link) return
    fresh.querySelector("[data-earlier]")?.remove()
    const kept = document.createRange()
    kept.setStart(first.parentElement, 0)
    kept.setEndBefore(first)
    fresh.prepend(kept.extractContents())
  }

  // A socket can die without a word; nothing but its silence tells.
  listenHarder() {
    const silentMs = performance.now() - this.heardAt
    if (this.isActive && !this.polling && silentMs > this.constructor.silenceMs) this.poll()
    if (this.wrapper && !this.polling && !this.hasEnded && silentMs > this.constructor.lifelessMs) {
      this.heardAt = performance.now()
      this.wrapper.reconnect()
    }
  }

  // An answer may begin and end between two frames, or before the first one: the last answer tells what the Stop button
  // never showed.
  noticeEnd() {
    this.heardAt = performance.now()
    this.isActive = Boolean(document.querySelector("#composer-action [data-stop]"))
    if (this.isActive || this.end === this.lastEnd) return
    this.lastEnd = this.end
    document.body.dispatchEvent(new CustomEvent("answer-ended", { bubbles: true }))
  }

  get end() {
    const answer = [...document.querySelectorAll("#thread .message[data-role=assistant]")].at(-1)
    return answer && `${answer.id} ${answer.dataset.state}`
  }

  follow({ url, socket }) {
    if (this.live.hasAttribute("ws-connect")) return
    history.pushState({}, "", url)
    this.path = url
    const form = document.getElementById("composer")
    form.setAttribute("action", `${url}messages/`)
    form.setAttribute("hx-post", `${url}messages/`)
    htmx.process(form)
    this.live.setAttribute("ws-connect", socket)
    htmx.process(this.live)
  }
})
