/** Tries a minimisation may take: a finding must not cost the time of the search. */
const mostTries = 400

/**
 * The shortest input found that still fails, by leaving out ever smaller parts.
 * @param fails whether an input still shows the same failure
 */
export async function minimise(input: Buffer, fails: (input: Buffer) => Promise<boolean>): Promise<Buffer> {
  let shortest = input
  let tries = 0
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < shortest.length && tries < mostTries; ) {
      const shorter = Buffer.concat([shortest.subarray(0, at), shortest.subarray(at + size)])
      tries += 1
      if (await fails(shorter)) shortest = shorter
      else at += size
    }
  }
  return shortest
}
