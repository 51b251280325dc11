// Predicts the texts of standard input, one JSON string a line, and prints a JSON prediction for each.
// Arguments: the scorer's module, the artifact's document, the language.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [module, artifact, language] = process.argv.slice(2);
const { Scorer } = await import(module);
const scorer = new Scorer(JSON.parse(readFileSync(artifact, "utf8")), JSON.parse(readFileSync(language, "utf8")));
for await (const line of createInterface({ input: process.stdin })) {
  const { probability, words } = scorer.predict(JSON.parse(line));
  console.log(JSON.stringify([probability, words.map(({ text, weight }) => [text, weight])]));
}
