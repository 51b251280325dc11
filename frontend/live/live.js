// Follows `scorer.js` and `wording.js`: the page shows at each change of the text what the model says, without a server.

const TOO_OLD = "This browser is too old to unpack the model: use a newer one, or the page \u201cTry it\u201d.";
const BROKEN = "The model cannot be read: reload the page, or use the page \u201cTry it\u201d.";
const views = new WeakMap(); // Streamlit calls the function below for each new data of the same element

export default function ({ data, parentElement }) {
  const view = views.get(parentElement) ?? new View(parentElement);
  views.set(parentElement, view);
  view.load(data);
}

class View {
  constructor(root) {
    this.part = (selector) => root.querySelector(selector);
    this.text = this.part("textarea");
    this.text.oninput = () => this.show();
  }

  async load({ sha256, artifact, language, wording, max_text: maxText }) {
    this.wording = wording;
    this.text.maxLength = maxText;
    this.part(".zone").style.left = `${100 * (1 - wording.least_sure)}%`;
    this.part(".zone").style.width = `${100 * (2 * wording.least_sure - 1)}%`;
    this.part(".legend").textContent = wording.legend;
    if (this.sha256 === sha256) return;
    this.sha256 = sha256;
    const { scorer, problem } = await scorerOf(artifact, language);
    if (this.sha256 !== sha256) return; // another model has come in the meantime
    this.scorer = scorer;
    this.part(".problem").textContent = problem ?? "";
    this.show();
  }

  show() {
    const text = this.text.value;
    const ready = this.scorer !== undefined && text.trim() !== "";
    this.part(".shown").hidden = !ready;
    this.part(".verdict").textContent = "";
    if (!ready) return;
    const { probability, words } = this.scorer.predict(text);
    this.part(".verdict").textContent = inWords(probability, this.wording);
    this.part(".certainty").setAttribute("aria-label", `${percent(probability, this.wording)} positive`);
    this.part(".marker").style.left = `${100 * probability}%`;
    this.part(".review").replaceChildren(...pieces(text, words, this.wording).map(asNode));
    this.part(".explained").textContent = explained(probability, words, this.wording);
  }
}

function asNode(piece) {
  if (typeof piece === "string") return piece;
  const mark = document.createElement("mark");
  mark.className = piece.side;
  mark.style.setProperty("--strength", piece.strength);
  const small = document.createElement("small");
  small.setAttribute("aria-label", piece.spoken);
  small.textContent = piece.sign;
  mark.append(piece.text, small);
  return mark;
}

async function scorerOf(artifact, language) {
  if (typeof DecompressionStream === "undefined") return { problem: TOO_OLD };
  try {
    return { scorer: new Scorer(await unpacked(artifact), language) };
  } catch (error) {
    // Not base64, not gzip or not the document that it should be, not JSON
    if (![DOMException, TypeError, SyntaxError].some((kind) => error instanceof kind)) throw error;
    console.error(error);
    return { problem: BROKEN };
  }
}

async function unpacked(base64) {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}
