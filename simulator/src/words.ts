import type { Random } from "./random.ts"

/** Ordinary words, with a few that are more than one byte a character, because a relay that cuts them must be caught. */
const words = (
  "the answer depends on what you measure first and a small sample is often enough to see where time goes when traffic " +
  "grows each request carries its own cost so keep an eye on tokens latency and errors together rather than one by one " +
  "teams that write down their assumptions find problems early while others wait for a bill or a page at night then " +
  "café naïve Übersicht 東京 señal — 🙂 good defaults matter more than options because most people never change them " +
  "in short start with the simplest plan compare two weeks of data and change only one thing at a time until it holds"
).split(" ")

/** Text of exactly `count` pieces, each a word (with its leading space) or a full stop: one piece stands for one token. */
export function writeWords(count: number, random: Random): readonly string[] {
  const pieces: string[] = []
  let left = 0
  while (pieces.length < count) {
    if (left === 0 && pieces.length > 0) {
      pieces.push(".")
      left = random.integer(6, 14)
      continue
    }
    const word = random.pick(words)
    const starts = pieces.length === 0 || pieces.at(-1) === "."
    const text = starts ? word.charAt(0).toUpperCase() + word.slice(1) : word
    pieces.push(pieces.length === 0 ? text : ` ${text}`)
    left = left === 0 ? random.integer(6, 14) : left - 1
  }
  return pieces
}

/** Given text as pieces: words with the space before them. Joined, they are the text. */
export function splitWords(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? []
}

/** Any text in pieces of `size` characters, never through a surrogate pair. */
export function splitEvery(text: string, size: number): readonly string[] {
  const characters = Array.from(text)
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(""))
  return pieces
}
