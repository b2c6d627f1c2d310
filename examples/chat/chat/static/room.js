// A room's page: what is heard goes into the log, what is written goes to the server.

import { Connection } from "./connection.js";
import { Log, avatar, element } from "./log.js";

const AWAY = 3000; // ms until somebody whose connection ended is said to have left
const FEW_LEFT = 100; // characters; then the page says how many

const settings = JSON.parse(document.getElementById("settings").textContent);
const { texts } = settings;
const wish = new URLSearchParams(location.search).get("transport");
const connection = new Connection(settings, wish === "sse" ? "sse" : "ws");
const log = new Log(settings.person, texts);

const [form, text, problem, status, left, older, people, count] = [
  "composer", "text", "problem", "status", "left", "older", "people", "count",
].map((id) => document.getElementById(id));

// What is heard

connection.addEventListener("history", ({ detail }) => {
  log.begin(detail.messages);
  older.hidden = !detail.has_older;
});

connection.addEventListener("message", ({ detail }) => {
  drafts.delete(detail.key);
  log.add(detail);
});

connection.addEventListener("refused", ({ detail }) => {
  log.removeDraft(detail.key);
  problem.textContent = detail.message;
  const words = drafts.get(detail.key);
  if (words !== undefined && text.value.trim() === "") text.value = words;
  drafts.delete(detail.key);
  measure();
});

const present = new Map(); // id → name
const leaving = new Map(); // id → timer
let isBack = false; // whether this page was connected before

connection.addEventListener("presence", ({ detail }) => {
  const now = Object.entries(detail.people);
  for (const person of [...present.keys()]) if (!(person in detail.people)) depart(person);
  for (const [person, name] of now) arrive(person, name, isBack);
  isBack = true;
  showPeople();
});

connection.addEventListener("came", ({ detail }) => {
  arrive(detail.person, detail.name, true);
  showPeople();
});

connection.addEventListener("left", ({ detail }) => {
  depart(detail.person);
  showPeople();
});

function arrive(person, name, isNews) {
  clearTimeout(leaving.get(person));
  const wasHere = leaving.delete(person) || present.has(person);
  present.set(person, name);
  if (isNews && !wasHere && person !== settings.person) {
    log.note(texts.came.replace("{name}", () => name));
  }
}

// Whoever reloads the page is back in a moment: nobody need hear of it.
function depart(person) {
  const name = present.get(person);
  present.delete(person);
  if (name === undefined || person === settings.person) return;
  leaving.set(person, setTimeout(() => {
    leaving.delete(person);
    log.note(texts.left.replace("{name}", () => name));
  }, AWAY));
}

function showPeople() {
  count.textContent = `(${present.size})`;
  people.replaceChildren(...[...present].map(([person, name]) => {
    const item = document.createElement("li");
    item.append(avatar(person, name), element("bdi", name));
    if (person === settings.person) item.append(element("small", `(${texts.you})`));
    return item;
  }));
}

connection.addEventListener("state", ({ detail }) => {
  const key = detail.state === "open" && detail.transport === "sse" ? "open_sse" : detail.state;
  status.textContent = texts[key].replace("{seconds}", detail.seconds);
  status.dataset.state = detail.state;
  status.dataset.transport = detail.transport ?? "";
});

// What is written

const drafts = new Map(); // key → text

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const words = written();
  if (words === "" || [...words].length > settings.longest) return;
  const key = newKey();
  drafts.set(key, words);
  problem.textContent = "";
  log.addDraft(key, words);
  connection.send(key, words);
  text.value = "";
  measure();
  text.focus();
});

text.addEventListener("keydown", (event) => {
  // While a Korean syllable is being put together, Enter belongs to the input method.
  const isComposing = event.isComposing || event.keyCode === 229; // the latter is Safari's way
  if (event.key !== "Enter" || event.shiftKey || isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

text.addEventListener("input", measure);

function written() {
  return text.value.normalize("NFC").trim(); // as the server counts
}

function measure() {
  const remaining = settings.longest - [...written()].length;
  left.textContent = remaining <= FEW_LEFT ? texts.left_over.replace("{count}", remaining) : "";
  left.classList.toggle("error", remaining < 0);
  text.setAttribute("aria-invalid", String(remaining < 0));
  text.rows = Math.min(6, text.value.split("\n").length);
}

function newKey() {
  // Not randomUUID(), which plain HTTP from another machine does not have.
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");
}

// What was said before

older.addEventListener("click", async () => {
  older.disabled = true;
  try {
    const answer = await fetch(`${settings.messages}?before=${log.first}`);
    if (!answer.ok) throw new Error(answer.statusText);
    const { messages, has_older } = await answer.json();
    log.addOlder(messages);
    older.hidden = !has_older;
    problem.textContent = "";
  } catch {
    problem.textContent = texts.failed;
  } finally {
    older.disabled = false;
  }
});

text.focus();
connection.open();
