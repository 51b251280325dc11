// Follows `scorer.js`: the page shows at each change of the text what the model says, without a server.

const views = new WeakMap(); // Streamlit calls the function below for each new data of the same element

export default function ({ data, parentElement }) {
  const view = views.get(parentElement) ?? new View(parentElement, data);
  views.set(parentElement, view);
  view.load(data);
}

class View {
  constructor(root, { least_sure: leastSure }) {
    this.part = (selector) => root.querySelector(selector);
    this.text = this.part("textarea");
    this.text.oninput = () => this.show();
    this.part(".zone").style.left = `${100 * (1 - leastSure)}%`;
    this.part(".zone").style.width = `${100 * (2 * leastSure - 1)}%`;
  }

  async load(data) {
    this.shades = data.shades;
    this.limits = { leastSure: data.least_sure, mostShown: data.most_shown };
    if (this.sha256 === data.sha256) return;
    this.sha256 = data.sha256;
    this.scorer = new Scorer(await unpacked(data.artifact), data.language);
    this.show();
  }

  show() {
    if (!this.scorer) return;
    const text = this.text.value;
    const { probability, words } = this.scorer.predict(text);
    this.part(".verdict").textContent = text.trim() ? inWords(probability, this.limits) : "";
    this.part(".marker").style.left = `${100 * probability}%`;
    const parts = [];
    let done = 0;
    for (const word of [...words].sort((one, other) => one.start - other.start)) {
      parts.push(text.slice(done, word.start), this.marked(word));
      done = word.end;
    }
    this.part(".review").replaceChildren(...parts, text.slice(done));
  }

  marked({ text, weight }) {
    const mark = document.createElement("mark");
    mark.className = weight > 0 ? "positive" : "negative";
    const { faintest, full, strong } = this.shades;
    mark.style.setProperty("--strength", faintest + (full - faintest) * Math.min(1, Math.abs(weight) / strong));
    const small = document.createElement("small");
    small.textContent = (weight > 0 ? "+" : "\u2212") + Math.abs(weight).toFixed(1);
    mark.append(text, small);
    return mark;
  }
}

function inWords(probability, { leastSure, mostShown }) {
  const sure = Math.max(probability, 1 - probability);
  if (sure < leastSure) return `Undecided (${Math.round(100 * probability)} % positive)`;
  const percent = sure > mostShown ? "more than 99" : Math.round(100 * sure);
  return `${probability > 0.5 ? "Positive" : "Negative"}, ${percent} % sure`;
}

async function unpacked(base64) {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}
