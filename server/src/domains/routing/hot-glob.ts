/** Says whether a text fits. */
export type TextMatcher = (text: string) => boolean

/**
 * Prepares a glob whose `*` stands for any characters, also for none; anything else stands for itself. To be done once for a
 * rule: what it gives neither splits nor allocates. Greedy from the left, which is right without other wildcards, so that no
 * glob makes a comparison cost more than the text's length for each of its parts.
 */
export function compileGlob(glob: string): TextMatcher {
  if (!glob.includes("*")) return (text) => text === glob
  const [first = "", ...rest] = glob.split("*")
  const last = rest.pop() ?? ""
  const between = rest.filter((part) => part !== "")
  const ends = first.length + last.length
  if (between.length === 0) return (text) => text.length >= ends && text.startsWith(first) && text.endsWith(last)
  return (text) => {
    if (text.length < ends || !text.startsWith(first) || !text.endsWith(last)) return false
    let at = first.length
    const end = text.length - last.length
    for (const part of between) {
      const found = text.indexOf(part, at)
      if (found < 0 || found + part.length > end) return false
      at = found + part.length
    }
    return true
  }
}
