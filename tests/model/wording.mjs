// Says the predictions of standard input, one a line, and prints what is said and marked for each.
// Arguments: the wording's module, its last argument.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [module, wordingFile] = process.argv.slice(2);
const { explained, inWords, percent, pieces } = await import(module);
const wording = JSON.parse(readFileSync(wordingFile, "utf8"));
for await (const line of createInterface({ input: process.stdin })) {
  const { text, probability, words } = JSON.parse(line);
  const said = [inWords, percent].map((say) => say(probability, wording));
  console.log(JSON.stringify([...said, explained(probability, words, wording), pieces(text, words, wording)]));
}
