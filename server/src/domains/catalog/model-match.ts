import type { MatchLogic } from "@pydantic/genai-prices"

/** A compiled rule: does this lower-case model name belong to the model? */
export type ModelMatcher = (name: string) => boolean

/**
 * Compiles a rule of the price source. Plain comparisons ignore case, as the source's own do; its regular expressions
 * are part of a dependency we ship, not input, and are compiled once here.
 */
export function compileMatch(match: MatchLogic): ModelMatcher {
  if ("or" in match) {
    const any = match.or.map(compileMatch)
    return (name) => any.some((matches) => matches(name))
  }
  if ("and" in match) {
    const all = match.and.map(compileMatch)
    return (name) => all.every((matches) => matches(name))
  }
  if ("regex" in match) {
    const pattern = new RegExp(match.regex)
    return (name) => pattern.test(name)
  }
  return compileComparison(match)
}

type Comparison = Exclude<MatchLogic, { or: MatchLogic[] } | { and: MatchLogic[] } | { regex: string }>

function compileComparison(match: Comparison): ModelMatcher {
  if ("equals" in match) {
    const text = match.equals.toLowerCase()
    return (name) => name === text
  }
  if ("starts_with" in match) {
    const text = match.starts_with.toLowerCase()
    return (name) => name.startsWith(text)
  }
  if ("ends_with" in match) {
    const text = match.ends_with.toLowerCase()
    return (name) => name.endsWith(text)
  }
  const text = match.contains.toLowerCase()
  return (name) => name.includes(text)
}

/** The names a rule gives in full: those a caller can write and mean exactly this model. */
export function exactNames(match: MatchLogic): readonly string[] {
  if ("equals" in match) return [match.equals]
  return "or" in match ? match.or.flatMap(exactNames) : []
}

/**
 * The spellings under which a name is looked for, in order: as it is, without Gemini's `models/`, and with a compact
 * date (`-20250514`) spelled as the source sometimes does (`-2025-05-14`). Lower-case.
 */
export function spellings(name: string): readonly string[] {
  const plain = name.trim().toLowerCase()
  const bare = plain.startsWith("models/") ? plain.slice("models/".length) : plain
  const dated = bare.replace(/-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)/g, "-$1-$2-$3")
  return [...new Set([plain, bare, dated])]
}
