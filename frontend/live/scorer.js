// Predicts reviews in the browser as sentiment.model.scorer does in Python, with the same artifact: tokens, features,
// probability and the words that decided. `language` is what frontend/live/language.py says of the words.

export class Scorer {
  // `artifact` is the document in the artifact, parsed.
  constructor(artifact, language) {
    this.ngrams = table(artifact.ngrams, artifact.weights);
    this.words = table(artifact.lexicon.words, transposed(artifact.lexicon.valences));
    this.phrases = table(artifact.lexicon.phrases, artifact.lexicon.phrase_valences);
    this.values = language.values.map((name) => artifact.values[name]);
    this.intercept = artifact.intercept;
    this.negators = new Set(language.negators);
    this.clauseEnds = new Set(language.clause_ends);
    this.intensifiers = new Map(Object.entries(language.intensifiers));
    this.negated = language.negated;
    this.scope = language.negation_scope;
    this.end = language.end;
    this.silent = new Set(language.silent);
    this.shown = language.shown;
    this.tag = new RegExp(language.tag, "gu");
    this.token = tokenPattern(language);
    this.apostrophes = new RegExp(`[${language.apostrophes}]`, "gu");
  }

  // Returns { probability, words: [{ text, weight, start, end }] }: start and end count UTF-16 units.
  predict(text) {
    const spans = this.spans(text);
    const reading = this.read(spans.map((span) => span.token));
    const distinct = new Set([...reading.words, ...reading.pairs, ...reading.neighbours.map(([ngram]) => ngram)]);
    const norm = 1 / Math.sqrt(distinct.size + 2);
    let logOdds = this.intercept;
    for (const ngram of distinct) logOdds += (this.ngrams.get(ngram) ?? 0) * norm;
    const values = [...opinionValues(this.sums(reading), reading.tokens.length), ...otherValues(reading)];
    logOdds += dot(this.values, values);
    return {
      probability: 1 / (1 + Math.exp(-Math.max(logOdds, -700))),
      words: this.decidingWords(text, spans, reading, norm),
    };
  }

  spans(text) {
    const found = [];
    for (const match of this.fold(text).matchAll(this.token)) {
      const end = match.index + match[0].length;
      found.push({ token: match[1], start: end - match[1].length, end });
    }
    return found;
  }

  // Keeps the length of the text, so that a token's position is the one in the original.
  fold(text) {
    let folded = text.toLowerCase();
    if (folded.length !== text.length) {
      folded = Array.from(text, (char) => {
        const lowered = char.toLowerCase();
        return lowered.length === char.length ? lowered : char;
      }).join("");
    }
    return folded.replace(this.apostrophes, "'").replace(this.tag, (tag) => " ".repeat(tag.length));
  }

  read(tokens) {
    const words = [...tokens];
    const negators = [];
    tokens.forEach((token, place) => {
      if (!this.negators.has(token)) return;
      negators.push(place);
      const end = Math.min(place + 1 + this.scope, tokens.length);
      for (let i = place + 1; i < end && !this.clauseEnds.has(tokens[i]); i++) words[i] = `~${tokens[i]}`;
    });
    const pairs = words.slice(1).map((word, i) => `${words[i]} ${word}`);
    const opinions = [];
    const neighbours = [];
    tokens.forEach((token, i) => {
      const valences = this.words.get(token);
      if (!valences) return;
      const [vader, huLiu] = valences;
      if (valences.some(Boolean)) {
        let factor = i > 0 ? (this.intensifiers.get(tokens[i - 1]) ?? 1) : 1;
        if (words[i] !== token) factor *= this.negated;
        opinions.push({ place: i, valences: [...valences.map((valence) => valence * factor), 0] });
        if (vader || huLiu) {
          const direction = (vader + huLiu) * factor > 0 ? "+" : "-";
          neighbours.push([`${tokens[i - 1] ?? ""} ${direction}`, i], [`${direction} ${tokens[i + 1] ?? ""}`, i]);
        }
      }
      const phrase = this.phrases.get(`${token} ${tokens[i + 1]}`);
      if (i < tokens.length - 1 && phrase) opinions.push({ place: i, valences: [0, 0, 0, phrase] });
    });
    return { tokens, words, pairs, neighbours, opinions, negators };
  }

  decidingWords(text, spans, reading, norm) {
    const { weights, joins } = this.tokenWeights(reading, norm);
    const { max_words: most, min_weight: lightest, min_share: leastShare, max_span: longest } = this.shown;
    const found = [];
    let start = 0;
    for (let end = 1; end <= spans.length; end++) {
      if (
        end < spans.length &&
        joins.has(end - 1) &&
        end - start < this.scope + 1 &&
        codePoints(text.slice(spans[start].start, spans[end].end)) <= longest
      ) continue;
      const weight = sum(weights.slice(start, end));
      if (Math.abs(weight) >= lightest && !(end - start === 1 && this.silent.has(reading.tokens[start]))) {
        const [first, last] = [spans[start].start, spans[end - 1].end];
        found.push({ text: text.slice(first, last), weight, start: first, end: last });
      }
      start = end;
    }
    found.sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight) || one.start - other.start);
    return found.slice(0, most).filter((word) => Math.abs(word.weight) >= leastShare * Math.abs(found[0].weight));
  }

  tokenWeights(reading, norm) {
    const { tokens, words, pairs, neighbours } = reading;
    const counts = new Map();
    for (const ngram of [...words, ...pairs, ...neighbours.map(([ngram]) => ngram)]) {
      counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
    }
    const share = (ngram) => ((this.ngrams.get(ngram) ?? 0) * norm) / counts.get(ngram);
    const weights = words.map(share);
    for (const [ngram, place] of neighbours) weights[place] += share(ngram);
    const shares = pairs.map(share);
    const negators = new Set(reading.negators);
    const joins = new Set();
    shares.forEach((of, place) => {
      if (
        Math.abs(of) > Math.max(Math.abs(weights[place]), Math.abs(weights[place + 1])) &&
        !negators.has(place + 1) &&
        !this.silent.has(tokens[place]) &&
        !this.silent.has(tokens[place + 1])
      ) joins.add(place);
    });
    shares.forEach((of, place) => {
      weights[place] += of / 2;
      weights[place + 1] += of / 2;
    });
    this.addOpinions(reading, weights, joins, negators);
    return { weights, joins };
  }

  sums(reading) {
    const total = { positive: [0, 0, 0, 0], negative: [0, 0, 0, 0], endPositive: [0, 0], endNegative: [0, 0] };
    for (const { place, valences } of reading.opinions) {
      addOpinion(total, valences, place >= this.end * reading.tokens.length, 1);
    }
    return total;
  }

  // What the values would lose without each opinion.
  addOpinions(reading, weights, joins, negators) {
    const length = reading.tokens.length;
    const total = this.sums(reading);
    const withAll = dot(this.values, opinionValues(total, length));
    for (const { place, valences } of reading.opinions) {
      const atEnd = place >= this.end * length;
      addOpinion(total, valences, atEnd, -1);
      const moved = withAll - dot(this.values, opinionValues(total, length));
      addOpinion(total, valences, atEnd, 1);
      if (valences.at(-1) !== 0) {
        weights[place] += moved / 2;
        weights[place + 1] += moved / 2;
        joins.add(place);
      } else {
        weights[place] += moved;
      }
    }
    for (const { place } of reading.opinions) {
      if (reading.words[place] === reading.tokens[place]) continue;
      for (let distance = 1; distance <= this.scope; distance++) {
        if (!negators.has(place - distance)) continue;
        for (let i = place - distance; i < place; i++) joins.add(i);
        break;
      }
    }
  }
}

function tokenPattern({ ideographs, eyes, nose, mouth, heart, symbols }) {
  // Python's \w without digits and the underscore
  const letter = `(?![${ideographs}])[\\p{L}\\p{Nl}\\p{No}]`;
  return new RegExp(
    ` ?((?:${letter})+(?!'|${letter})` +
      `|'?(?:${letter})+(?:'(?:${letter})+)*` +
      "|\\p{Nd}{1,4}" +
      `|[.,!?;:](?!${nose}${mouth})` +
      `|${eyes}${nose}${mouth}|${heart}` +
      `|[${ideographs}${symbols}])`,
    "gu",
  );
}

function addOpinion(total, valences, atEnd, times) {
  valences.forEach((valence, i) => {
    if (valence > 0) {
      total.positive[i] += valence * times;
      if (atEnd && i < 2) total.endPositive[i] += valence * times;
    } else if (valence < 0) {
      total.negative[i] -= valence * times;
      if (atEnd && i < 2) total.endNegative[i] -= valence * times;
    }
  });
}

// The values that depend on opinions, the first ones.
function opinionValues({ positive, negative, endPositive, endNegative }, tokens) {
  const root = Math.sqrt(tokens + 2);
  const balance = (praise, blame) => (praise - blame) / (praise + blame + 1);
  return [
    ...positive.flatMap((praise, i) => [Math.log1p(praise), Math.log1p(negative[i]), balance(praise, negative[i])]),
    ...positive.flatMap((praise, i) => [praise / root, negative[i] / root]),
    ...endPositive.map((praise, i) => balance(praise, endNegative[i])),
  ];
}

function otherValues({ tokens, negators, opinions }) {
  const count = (mark) => tokens.filter((token) => token === mark).length;
  return [Math.log1p(count("!")), Math.log1p(count("?")), Math.log1p(negators.length), opinions.length ? 0 : 1];
}

function table(keys, entries) {
  return new Map(keys ? keys.split("\n").map((key, i) => [key, entries[i]]) : []);
}

function transposed(columns) {
  return columns[0].map((_, i) => columns.map((column) => column[i]));
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

// Up to the length of the second one.
function dot(weights, values) {
  return values.reduce((total, value, i) => total + weights[i] * value, 0);
}

function codePoints(text) {
  return [...text].length;
}
