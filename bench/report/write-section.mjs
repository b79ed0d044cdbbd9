import { readFileSync, writeFileSync } from "node:fs"

/** Puts text between `<!-- name:begin -->` and `<!-- name:end -->` of a file; all around it stays. @throws Error without both */
export function writeSection(path, name, text) {
  const { before, after } = split(path, name)
  writeFileSync(path, `${before}\n\n${text.trim()}\n\n${after}`)
}

/** Adds a line at the end of such a place; no empty line comes between, because that would end a table. */
export function addToSection(path, name, line) {
  const { before, held, after } = split(path, name)
  writeFileSync(path, `${before}\n${held === "" ? "" : `${held}\n`}${line}\n${after}`)
}

function split(path, name) {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`]
  const text = readFileSync(path, "utf8")
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`${path} has no place for ${name}: it needs ${begin} and ${end}`)
  return {
    before: text.slice(0, from + begin.length),
    held: text.slice(from + begin.length, to).trim(),
    after: text.slice(to),
  }
}
