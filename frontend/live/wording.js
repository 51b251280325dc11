// Says in the browser what frontend/certainty.py and frontend/highlighted_text.py say in Python. `wording` is what
// frontend/live/wording.py returns.

export function inWords(probability, wording) {
  const sure = Math.max(probability, 1 - probability);
  if (sure < wording.least_sure) return `Undecided (${percent(probability, wording)} positive)`;
  return `${probability > 0.5 ? "Positive" : "Negative"}, ${percent(sure, wording)} sure`;
}

export function percent(probability, wording) {
  if (probability >= wording.most_shown) return "more than 99 %";
  if (1 - probability >= wording.most_shown) return "less than 1 %";
  return `${(100 * probability).toFixed()} %`;
}

export function explained(probability, words, wording) {
  if (words.length === 0) return wording.no_word;
  if (probability === 0 || probability === 1) return wording.numbers;
  const ofWords = rounded(words.reduce((total, { weight }) => total + weight, 0));
  const ofAll = rounded(Math.log(probability / (1 - probability)));
  const parts = {
    words: signed(ofWords),
    others: wording.others,
    rest: signed(ofAll - ofWords),
    all: signed(ofAll),
    percent: percent(probability, wording),
  };
  return `${wording.numbers} ${wording.sum.replace(/\{(\w+)\}/g, (_, name) => parts[name])}`;
}

// Returns the text in pieces: strings, and { text, side, strength, sign, spoken } for the words that decided.
export function pieces(text, words, wording) {
  const found = [];
  let done = 0;
  for (const { start, end, weight } of [...words].sort((one, other) => one.start - other.start)) {
    found.push(text.slice(done, start), { text: text.slice(start, end), ...mark(weight, wording) });
    done = end;
  }
  return [...found, text.slice(done)];
}

function mark(weight, { faintest, full, strong }) {
  const side = weight > 0 ? "positive" : "negative";
  const strength = faintest + (full - faintest) * Math.min(1, Math.abs(weight) / strong);
  return { side, strength: strength.toFixed(), sign: signed(weight), spoken: `${signed(weight)}, towards ${side}` };
}

function rounded(weight) {
  return Number(weight.toFixed(1));
}

function signed(weight) {
  const digits = Math.abs(weight).toFixed(1);
  return (weight < 0 && digits !== "0.0" ? "\u2212" : "+") + digits;
}
