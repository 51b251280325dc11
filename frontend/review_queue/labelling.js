// Shows one review at a time and takes its label from a key or a click. The next review comes without the server, and
// a label is sent again until the server says that it is stored.

const LABELS = { p: "positive", n: "negative" };
const SOONEST_MS = 250; // before, nobody has read the review: it is the second press of a double press
const AGAIN_MS = 3000;
const CHOSEN = "Chosen because a label on it teaches much."; // more would tell what the model said
const WHY = {
  audit: "A random draw from all predictions.",
  voted: "A random draw from what people voted on.",
  unsure: CHOSEN,
  contradicted: CHOSEN,
};
let current = null; // Streamlit calls the function below for each new data, and may replace the element

export default function ({ data, parentElement, setStateValue }) {
  if (current?.id !== data.visit) current = new Visit(data, current);
  const visit = current;
  visit.send = () => setStateValue("sent", visit.state());
  visit.enter(parentElement);
  visit.update(data);
  return () => visit.leave(parentElement);
}

class Visit {
  constructor({ visit, stored }, before) {
    this.id = visit;
    this.reviews = new Map(); // by prediction, in the order in which they come
    this.labels = new Map();
    this.unsent = []; // [number, prediction, label], oldest first
    this.number = stored;
    this.skipped = new Set();
    this.before = []; // labelled or skipped, newest last
    this.again = null; // what undo came back to
    this.attempts = 0;
    this.onKey = (event) => this.press(event);
    this.onUnload = (event) => this.unsent.length > 0 && event.preventDefault(); // the browser asks before it leaves
    if (before) this.takeOver(before);
  }

  takeOver(before) {
    // The server began again, or forgot the visitor: it has not stored the labels that are on their way.
    before.leave(before.root);
    for (const [, id, label] of before.unsent) this.give(id, label);
  }

  give(id, label) {
    this.labels.set(id, label);
    this.number += 1;
    this.unsent.push([this.number, id, label]);
  }

  enter(root) {
    if (this.root === root) return;
    this.root = root;
    this.section = root.querySelector("section");
    this.shown = undefined;
    for (const button of root.querySelectorAll("button")) button.onclick = () => this.act(button.dataset.key);
    document.addEventListener("keydown", this.onKey);
    window.addEventListener("beforeunload", this.onUnload);
    if (!this.entered) this.section.focus({ preventScroll: true }); // out of the field for the name, which takes keys
    this.entered = true;
  }

  leave(root) {
    if (this.root !== root) return; // it has entered another already
    this.root = undefined;
    document.removeEventListener("keydown", this.onKey);
    window.removeEventListener("beforeunload", this.onUnload);
    clearTimeout(this.timer);
  }

  update(data) {
    this.more = data.more;
    for (const review of data.waiting) this.reviews.set(review.prediction_id, review);
    this.unsent = this.unsent.filter(([number]) => number > data.stored);
    clearTimeout(this.timer);
    if (this.unsent.length > 0) this.timer = setTimeout(() => this.send(), AGAIN_MS);
    this.show();
  }

  state() {
    this.attempts += 1; // Streamlit sends a state only if it is another one
    return { labels: this.unsent, left: this.left().length, attempts: this.attempts };
  }

  left() {
    return [...this.reviews.keys()].filter((id) => !this.labels.has(id) && !this.skipped.has(id));
  }

  current() {
    return this.again ?? this.left()[0] ?? [...this.skipped][0] ?? null;
  }

  waiting() {
    const waiting = this.left().length + this.skipped.size;
    if (waiting === 0) return this.more ? ". More may come." : "";
    return `. ${waiting} ${waiting === 1 ? "waits" : "wait"} here${this.more ? ", more may come" : ""}.`;
  }

  press(event) {
    const typing = event.composedPath()[0].closest?.("input, textarea, select, [contenteditable]");
    if (typing || event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const key = event.key.toLowerCase();
    if (!this.root.querySelector(`button[data-key="${CSS.escape(key)}"]`)) return;
    event.preventDefault();
    this.act(key);
  }

  act(key) {
    const id = this.current();
    if (key === "u") {
      if (this.before.length > 0) this.again = this.before.pop();
    } else if (id === null || this.section.dataset.fresh !== undefined) {
      return;
    } else {
      this.before.push(id);
      this.skipped.delete(id);
      this.again = null;
      if (key === "s") {
        if (!this.labels.has(id)) this.skipped.add(id); // at the end of the set: it comes last
      } else {
        this.give(id, LABELS[key]);
      }
      this.send();
    }
    this.show();
  }

  show() {
    const id = this.current();
    const review = this.reviews.get(id);
    const part = (name) => this.root.querySelector(`.${name}`);
    part("review").hidden = review === undefined;
    part("empty").hidden = review !== undefined;
    for (const button of this.root.querySelectorAll("button")) {
      button.disabled = button.dataset.key === "u" ? this.before.length === 0 : review === undefined;
    }
    const said = this.labels.get(id);
    part("why").textContent = review ? WHY[review.draw] : "";
    part("product").textContent = review?.product_id ? `Product ${review.product_id}` : "";
    part("said").textContent = said ? `You said: ${said}.` : "";
    part("counts").textContent = `${this.labels.size} labelled in this visit` +
      (this.unsent.length > 0 ? `, ${this.unsent.length} on their way` : "") + this.waiting();
    if (review && this.shown !== id) {
      part("text").textContent = review.text;
      this.section.dataset.fresh = "";
      clearTimeout(this.unread);
      this.unread = setTimeout(() => delete this.section.dataset.fresh, SOONEST_MS);
    }
    this.shown = id;
  }
}
