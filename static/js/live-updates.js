// Keeps the page live: reconnects, says when it cannot, and connects a new conversation after its first question.
customElements.define("live-updates", class extends HTMLElement {
  static endings = {
    4401: "You are signed out. ",
    4404: "This conversation is gone.",
    4429: "This conversation is open in too many tabs. Close some of them and reload this one.",
  }
  static retriedByHtmx = [1006, 1011, 1012, 1013]
  static pollMs = 4000
  static silenceMs = 20_000

  get live() { return document.getElementById("live") }

  connectedCallback() {
    this.path = location.pathname
    htmx.config.wsReconnectDelay = (tries) => Math.min(250 * 2 ** tries, 8000) * (0.75 + Math.random() / 4)
    htmx.createWebSocket = (url) => this.open(url)
    for (const name of ["htmx:configRequest", "htmx:wsOpen", "htmx:wsClose", "htmx:wsAfterMessage", "draft-sent"]) {
      document.addEventListener(name, this)
    }
    setInterval(() => this.listenHarder(), this.constructor.pollMs)
    for (const name of ["pageshow", "pagehide", "popstate"]) addEventListener(name, this)
  }

  handleEvent({ type, detail, persisted }) {
    if (type === "htmx:configRequest") this.renewToken(detail)
    if (type === "htmx:wsOpen") this.opened(detail.socketWrapper)
    if (type === "htmx:wsClose") this.closed(detail.event.code)
    if (type === "htmx:wsAfterMessage") this.noticeEnd()
    if (type === "draft-sent") this.follow(detail)
    if (type === "pagehide") this.isLeaving = true
    if (type === "pageshow") this.isLeaving = false
    if (type === "pageshow" && persisted) this.wrapper?.reconnect() // the first frame is a snapshot
    if (type === "popstate" && location.pathname !== this.path) location.reload()
  }

  // The token of this page is stale once somebody signed in again in another tab; the cookie is not.
  renewToken({ headers, parameters }) {
    const token = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1]
    if (!token) return
    headers["X-CSRFToken"] = token
    delete parameters.csrfmiddlewaretoken // it would go before the header
  }

  open(url) {
    // Two sockets at once would append everything twice.
    if (this.socket) this.socket.onclose = this.socket.onerror = null
    this.socket?.close()
    return (this.socket = new WebSocket(url))
  }

  opened(wrapper) {
    this.wrapper = wrapper
    clearInterval(this.polling)
    this.polling = null
    this.say()
  }

  closed(code) {
    if (this.isLeaving) return
    const words = this.constructor.endings[code]
    if (words) return this.say(words, ...(code === 4401 ? [this.signIn()] : []))
    this.say("Connection lost. Reconnecting…")
    if (!this.constructor.retriedByHtmx.includes(code)) setTimeout(() => this.wrapper.reconnect(), 500 + 500 * Math.random())
    this.polling ??= setInterval(() => this.poll(), this.constructor.pollMs)
  }

  say(...words) {
    const banner = document.getElementById("connection")
    banner.replaceChildren(...words)
    banner.hidden = !words.length
  }

  signIn() {
    const href = `/accounts/login/?next=${encodeURIComponent(location.pathname)}`
    return Object.assign(document.createElement("a"), { href, textContent: "Sign in" })
  }

  // Where a proxy refuses sockets, reading still works.
  async poll() {
    if (document.querySelector("[data-sending]")) return
    const response = await fetch(location.pathname).catch(() => null)
    if (!response?.ok || response.redirected) return
    const page = new DOMParser().parseFromString(await response.text(), "text/html")
    if (page.getElementById("revision")?.value === document.getElementById("revision").value) return
    if (!this.polling) return this.wrapper.reconnect()
    for (const id of ["revision", "thread", "composer-action"]) {
      const part = document.importNode(page.getElementById(id), true)
      document.getElementById(id).replaceWith(part)
      htmx.process(part)
    }
    this.noticeEnd()
  }

  // A socket can die without a word; nothing but the silence of a running answer tells.
  listenHarder() {
    if (this.wasActive && !this.polling && performance.now() - this.heardAt > this.constructor.silenceMs) this.poll()
  }

  noticeEnd() {
    this.heardAt = performance.now()
    const isActive = Boolean(document.querySelector("#composer-action [data-stop]"))
    if (this.wasActive && !isActive) document.body.dispatchEvent(new CustomEvent("answer-ended", { bubbles: true }))
    this.wasActive = isActive
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
