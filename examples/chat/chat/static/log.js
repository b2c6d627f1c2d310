// The messages on the page, in order, and where the reader is among them.

const TOGETHER = 5 * 60 * 1000; // ms between messages that are shown as one person's turn
const NEAR = 80; // pixels from the end that count as being there

export class Log {
  #box = document.getElementById("log");
  #list = document.getElementById("messages");
  #empty = document.getElementById("empty");
  #toEnd = document.getElementById("to-end");
  #me;
  #texts;
  #unseen = 0;
  #clock = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" });
  #calendar = new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });

  constructor(me, texts) {
    this.#me = me;
    this.#texts = texts;
    this.#box.addEventListener("scroll", () => this.#isAtEnd() && this.#seen());
    this.#toEnd.addEventListener("click", () => this.#goToEnd());
    // A keyboard that comes up on a phone, or a window that is made smaller, hides no last word.
    let wasAtEnd = true;
    this.#box.addEventListener("scroll", () => (wasAtEnd = this.#isAtEnd()));
    new ResizeObserver(() => wasAtEnd && this.#goToEnd()).observe(this.#box);
  }

  // The number of the first message.
  get first() {
    return Number(this.#list.querySelector("[data-id]")?.dataset.id ?? 0);
  }

  // Show a message at the end, where its sender's draft was if there is one.
  add(message) {
    const isMine = message.person === this.#me;
    const draft = isMine ? this.#draft(message.key) : null;
    const item = this.#item(message);
    this.#append(item, isMine, () => {
      draft?.remove();
      this.#list.insertBefore(item, this.#list.querySelector(".draft"));
    });
  }

  // Show what is being sent.
  addDraft(key, text) {
    const item = this.#item({ person: this.#me, name: "", text, key });
    item.classList.add("draft");
    item.dataset.key = key;
    this.#append(item, true, () => this.#list.append(item));
  }

  removeDraft(key) {
    this.#draft(key)?.remove();
    this.#group();
  }

  // Say that somebody came or left.
  note(text) {
    const item = document.createElement("li");
    item.className = "note";
    item.textContent = text;
    this.#append(item, false, () => this.#list.insertBefore(item, this.#list.querySelector(".draft")), false);
  }

  // Show older messages before all others; the reader stays where he is.
  addOlder(messages) {
    const bottom = this.#box.scrollHeight - this.#box.scrollTop;
    this.#list.prepend(...messages.map((message) => this.#item(message)));
    this.#group();
    this.#box.scrollTop = this.#box.scrollHeight - bottom;
  }

  // Show the first messages; a screen reader need not read them all.
  begin(messages) {
    this.#box.setAttribute("aria-live", "off");
    this.#list.querySelectorAll("[data-id]").forEach((item) => item.remove());
    this.#list.prepend(...messages.map((message) => this.#item(message)));
    this.#group();
    this.#goToEnd();
    setTimeout(() => this.#box.removeAttribute("aria-live"), 500);
  }

  #append(item, isMine, insert, isNews = true) {
    const follow = isMine || this.#isAtEnd();
    insert();
    this.#group();
    if (follow) this.#goToEnd();
    else if (isNews) {
      this.#unseen += 1;
      this.#toEnd.hidden = false;
      this.#toEnd.textContent = `↓ ${this.#texts.new.replace("{count}", this.#unseen)}`;
    }
  }

  #draft(key) {
    return [...this.#list.querySelectorAll(".draft")].find((item) => item.dataset.key === key);
  }

  #item(message) {
    const item = document.createElement("li");
    const isMine = message.person === this.#me;
    item.className = isMine ? "message mine" : "message";
    item.dataset.person = message.person;
    if (message.id) item.dataset.id = message.id;
    const head = document.createElement("p");
    head.className = "head";
    head.append(avatar(message.person, message.name), element("bdi", message.name));
    const text = element("p", message.text);
    text.className = "text";
    text.dir = "auto";
    item.append(head, text, this.#time(message.at));
    return item;
  }

  #time(at) {
    if (!at) return element("small", this.#texts.sending);
    const time = document.createElement("time");
    const moment = new Date(at);
    const isToday = moment.toDateString() === new Date().toDateString();
    time.dateTime = at;
    time.textContent = (isToday ? this.#clock : this.#calendar).format(moment);
    return time;
  }

  // Show one person's messages in a row under one name.
  #group() {
    let before = null;
    for (const item of this.#list.children) {
      if (item.className.startsWith("note")) continue;
      const isSame = before?.dataset.person === item.dataset.person;
      item.classList.toggle("follows", isSame && age(item) - age(before) < TOGETHER);
      before = item;
    }
    this.#empty.hidden = before !== null;
  }

  #isAtEnd() {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight < NEAR;
  }

  #goToEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#seen();
  }

  #seen() {
    this.#unseen = 0;
    this.#toEnd.hidden = true;
  }
}

// The first letter of a name on a colour of the person's own.
export function avatar(person, name) {
  const mark = element("span", [...name][0]?.toUpperCase() ?? "");
  mark.className = `avatar tint-${parseInt(person.slice(0, 6), 16) % 6}`;
  mark.setAttribute("aria-hidden", "true");
  return mark;
}

export function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function age(item) {
  const time = item.querySelector("time");
  return time ? Date.parse(time.dateTime) : Date.now();
}
