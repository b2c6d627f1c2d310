// The line to the server: a WebSocket, or server-sent events and POST where none can be opened.
//
// Nothing is lost when it breaks. What was heard has numbers, and whoever comes back says the
// last one; what was said has a key, and is sent again until the server has answered.

const OPENING = 5000; // ms that a WebSocket may take: some proxies answer nothing at all
const FIRST_PAUSE = 500; // ms before the first attempt to come back; doubled each time …
const LONGEST_PAUSE = 15000; // … up to this
const PATIENCE = 6; // failures in a row until a WebSocket that did open before is given up
const FINAL = 4000; // closing code of a server that does not want us back

export class Connection extends EventTarget {
  #urls;
  #transport; // "ws" or "sse"
  #isForced;
  #hasOpened = false;
  #line = null; // what to close
  #state = "";
  #failures = 0;
  #timer = 0;
  #last = null; // number of the last message heard
  #outbox = new Map(); // key → text, until the server has answered
  #posting = Promise.resolve();

  // transport: "sse" never tries a WebSocket.
  constructor(urls, transport = "ws") {
    super();
    this.#urls = urls;
    this.#transport = transport;
    this.#isForced = transport === "sse";
    addEventListener("online", () => this.#hurry());
    addEventListener("pagehide", () => this.#drop());
    addEventListener("pageshow", (event) => event.persisted && this.open());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  open() {
    clearTimeout(this.#timer);
    this.#drop();
    this.#say("connecting");
    if (this.#transport === "ws") this.#openSocket();
    else this.#openStream();
  }

  send(key, text) {
    this.#outbox.set(key, text);
    if (this.#state === "open") this.#transmit(key);
  }

  #openSocket() {
    const socket = new WebSocket(this.#url("socket"));
    const slow = setTimeout(() => socket.close(), OPENING);
    this.#line = socket;
    socket.onopen = () => {
      clearTimeout(slow);
      this.#hasOpened = true;
      this.#opened();
    };
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => {
      clearTimeout(slow);
      if (this.#line !== socket) return;
      if (event.code === FINAL) this.#end();
      else this.#lost(this.#state === "open");
    };
  }

  #openStream() {
    const stream = new EventSource(this.#url("events"));
    this.#line = stream;
    stream.onopen = () => this.#opened();
    stream.onmessage = (event) => this.#hear(JSON.parse(event.data));
    stream.onerror = () => {
      if (this.#line !== stream) return;
      // The browser opens a stream that broke by itself, unless it was answered by an error.
      if (stream.readyState === EventSource.CLOSED) this.#lost(false);
      else this.#say("connecting");
    };
  }

  #url(name) {
    const url = new URL(this.#urls[name], location.href);
    if (this.#last !== null) url.searchParams.set("after", this.#last);
    return url.href;
  }

  #opened() {
    this.#failures = 0;
    this.#say("open", { transport: this.#transport });
    for (const key of this.#outbox.keys()) this.#transmit(key);
  }

  #lost(wasOpen) {
    this.#drop();
    this.#failures += 1;
    if (!wasOpen && !this.#isForced) {
      const isGivenUp = this.#failures >= (this.#hasOpened ? PATIENCE : 1);
      this.#transport = this.#transport === "ws" && isGivenUp ? "sse" : "ws";
    }
    // By chance up to half as long again, so that not everybody comes back at once.
    const pause = Math.min(FIRST_PAUSE * 2 ** (this.#failures - 1), LONGEST_PAUSE);
    const ms = pause * (1 + Math.random() / 2);
    this.#timer = setTimeout(() => this.open(), ms);
    this.#say("waiting", { seconds: Math.ceil(ms / 1000) });
  }

  #hurry() {
    if (this.#state === "waiting") this.open();
  }

  #drop() {
    const line = this.#line;
    this.#line = null;
    line?.close();
  }

  #end() {
    this.#drop();
    this.#say("ended");
  }

  #hear(event) {
    if (event.type === "message" || event.type === "history") {
      if (this.#last !== null && event.id <= this.#last) return;
      this.#last = event.id;
    }
    if (event.type === "message" || event.type === "refused") this.#outbox.delete(event.key);
    this.dispatchEvent(new CustomEvent(event.type, { detail: event }));
    if (event.type === "refused" && event.code === "name-taken") this.#end();
  }

  #transmit(key) {
    const message = JSON.stringify({ key, text: this.#outbox.get(key) });
    if (this.#line instanceof WebSocket) this.#line.send(message);
    else this.#posting = this.#posting.then(() => this.#post(key, message)); // in order
  }

  async #post(key, body) {
    if (!this.#outbox.has(key)) return;
    const headers = { "Content-Type": "application/json" };
    try {
      const answer = await fetch(this.#urls.messages, { method: "POST", headers, body });
      if (answer.ok) this.#outbox.delete(key); // the stream brings it
      else if (answer.status < 500) this.#hear({ ...(await answer.json()), key });
      else throw new Error(answer.statusText);
    } catch {
      setTimeout(() => this.#state === "open" && this.#outbox.has(key) && this.#transmit(key), 3000);
    }
  }

  #say(state, detail = {}) {
    this.#state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, ...detail } }));
  }
}
