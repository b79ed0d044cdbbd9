import type { SeededRandom } from "./seeded-random.ts"

/** Inputs longer than this are cut: what breaks a parser does so long before. */
const longestInput = 64 * 1024

/** Bytes that end, escape or begin something in most grammars. */
const telling = Buffer.from(
  "\0\r\n\t \"'\\{}[](),:;=&%#?/+-.0129aAeEuUzZ\x7f\x80\xbf\xc0\xe2\xed\xf0\xfe\xff",
  "latin1",
)

type Mutation = (random: SeededRandom, input: Buffer, tokens: readonly Buffer[], others: readonly Buffer[]) => Buffer

const splice = (input: Buffer, at: number, taken: number, put: Buffer): Buffer =>
  Buffer.concat([input.subarray(0, at), put, input.subarray(at + taken)])

const mutations: readonly Mutation[] = [
  // One byte becomes another.
  (random, input) => {
    const changed = Buffer.from(input)
    if (changed.length > 0) changed[random.below(changed.length)] = telling[random.below(telling.length)] ?? 0
    return changed
  },
  (random, input) => {
    const changed = Buffer.from(input)
    const at = random.below(Math.max(1, changed.length))
    if (changed.length > 0) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
    return changed
  },
  // Something is put in, from the grammar or from the telling bytes.
  (random, input, tokens) => splice(input, random.below(input.length + 1), 0, random.pick(tokens)),
  (random, input, tokens) => splice(input, random.below(input.length + 1), random.small(16), random.pick(tokens)),
  (random, input) =>
    splice(input, random.below(input.length + 1), 0, Buffer.from([telling[random.below(telling.length)] ?? 0])),
  // Something is left out, said again, or moved.
  (random, input) => splice(input, random.below(input.length + 1), 1 + random.small(64), Buffer.alloc(0)),
  (random, input) => {
    const from = random.below(input.length + 1)
    return splice(input, random.below(input.length + 1), 0, input.subarray(from, from + 1 + random.small(256)))
  },
  (random, input) => {
    const from = random.below(input.length + 1)
    const piece = input.subarray(from, from + 1 + random.small(32))
    return splice(input, from, 0, Buffer.concat(new Array<Buffer>(1 + random.small(600)).fill(piece)))
  },
  // It is cut off, or goes on as another one does.
  (random, input) => input.subarray(0, random.below(input.length + 1)),
  (random, input, _tokens, others) => {
    const other = random.pick(others)
    return Buffer.concat([
      input.subarray(0, random.below(input.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ])
  },
  // A number becomes one that somebody did not think of.
  (random, input) => {
    const at = input.findIndex((byte, index) => index >= random.below(input.length + 1) && byte >= 0x30 && byte <= 0x39)
    const odd = [
      "-1",
      "0",
      "00",
      "1e309",
      "-0",
      "9007199254740993",
      "18446744073709551616",
      "0x10",
      "1.5",
      "2147483648",
    ]
    return at < 0 ? input : splice(input, at, 1, Buffer.from(random.pick(odd)))
  },
]

/** An input made of another by one to six changes. */
export function mutate(
  random: SeededRandom,
  input: Buffer,
  tokens: readonly Buffer[],
  others: readonly Buffer[],
): Buffer {
  let changed = input
  for (let count = 1 + random.small(6); count > 0; count -= 1) {
    changed = random.pick(mutations)(random, changed, tokens, others).subarray(0, longestInput)
  }
  return changed
}
