import { isUtf8 } from "node:buffer"
import { refuseJson } from "../../api/strict-json.ts"
import { type JsonFacts, JsonFault, maxJsonDepth, scanJson } from "../../gateway/json-scan.ts"
import { JsonArraySplitter } from "../../providers/json-array-splitter.ts"
import { topLevelSlices } from "../../providers/top-level-slices.ts"
import type { FuzzTarget } from "./fuzz-target.ts"
import { depthOf, hold, holdEqual, inPieces, parseJson } from "./hold.ts"
import { recordedAnswers } from "./recorded-answers.ts"

const tokens = [
  ...['"model":"gpt-4o"', '"Model":"x"', '"mod\\u0065l":', '"stream":true', '"stream_options":{"include_usage":true}'],
  ...['"messages":[]', '"max_tokens":1', '"usage":{}', '"__proto__":', "\\ud800", "\\u0000", "\\n", '\\"', "null"],
  ...[
    "true",
    "false",
    "{}",
    "[]",
    "[[[[",
    "]]]]",
    '{"a":',
    ",",
    ":",
    "1e5",
    "-0",
    "\xef\xbb\xbf",
    "\xed\xa0\x80",
    "\xc0\x80",
  ],
]
const bodies = [
  '{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}',
  '{ "messages" : [ 1 , 2.5e-3 , "a\\"b" ] ,\n"m\\u006fdel":"caf\\u00e9","input":[],"max_tokens":-0}\t',
  `{"model":"a","x":${"[".repeat(600)}${"]".repeat(600)}}`,
].map((text) => Buffer.from(text))
const recorded = recordedAnswers(".json").map(({ bytes }) => bytes)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The request's scanner must accept what JSON is, and read from it what a parser would. */
const jsonScan: FuzzTarget = {
  name: "json-scan",
  seeds: bodies,
  tokens,
  check(input) {
    if (!isUtf8(input)) return
    const text = input.toString()
    const value = parseJson(text)
    let facts: JsonFacts
    try {
      facts = scanJson(input)
    } catch (error) {
      hold(error instanceof JsonFault, "the scanner threw something of its own")
      if (/given twice|must be written|nested deeper|must be a/.test(error.message)) return
      hold(value === undefined, "the scanner refused what is JSON")
      return
    }
    hold(isObject(value), "the scanner accepted what is no JSON object")
    hold(depthOf(text) <= maxJsonDepth, "the scanner walked deeper than it may")
    holdEqual(facts.model?.value ?? null, value.model ?? null, "the model read is not the model there")
    hold(facts.stream === (value.stream === true), "stream is not what is there")
    const spellings = Object.keys(value).filter((key) => key.toLowerCase() === "model")
    hold(spellings.length < 2, "two spellings of the model passed")
    if (facts.model) {
      const { start, end } = facts.model
      holdEqual(parseJson(input.toString("utf8", start, end)), facts.model.value, "the model's place is not its place")
    }
  },
}

const strictJson: FuzzTarget = {
  name: "strict-json",
  seeds: [...bodies, ...recorded],
  tokens,
  check(input) {
    const text = input.toString()
    const refused = refuseJson(text)
    if (refused === null) hold(parseJson(text) !== undefined, "accepted what is not JSON")
    else hold(refused.length < 600, "the refusal repeats what it refuses")
    if (refused?.startsWith("The body is not valid")) hold(parseJson(text) === undefined, "refused what is JSON")
  },
}

const slices: FuzzTarget = {
  name: "top-level-slices",
  seeds: [...recorded, ...bodies],
  tokens,
  check(input) {
    if (!isUtf8(input)) return
    const names = ["usage", "model", "error", "data", "choices"]
    const found = topLevelSlices(input, names)
    const value = parseJson(input.toString())
    if (!isObject(value)) return
    if (found === null) {
      hold(depthOf(input.toString()) > maxJsonDepth, "found nothing in a JSON object")
      return
    }
    for (const name of names) {
      const slice = found.get(name)
      hold((slice !== undefined) === Object.hasOwn(value, name), `${name} was not found, or was not there`)
      if (!slice) continue
      holdEqual(parseJson(input.toString("utf8", slice.start, slice.end)), value[name], `${name} is not what is there`)
    }
  },
}

function split(pieces: readonly Buffer[]) {
  const elements: string[] = []
  const splitter = new JsonArraySplitter((element) => elements.push(element), { maxElementBytes: 4096 })
  for (const piece of pieces) splitter.push(piece)
  return { elements, oversized: splitter.oversized, broken: splitter.broken }
}

const arraySplitter: FuzzTarget = {
  name: "json-array-splitter",
  seeds: [...recordedAnswers(".array.json").map(({ bytes }) => bytes), Buffer.from('[1,"a]",{"b":[2,{}]},[]]')],
  tokens,
  check(input) {
    const whole = split([input])
    for (const size of [1, 3, 1000]) holdEqual(split(inPieces(input, size)), whole, "the pieces changed the elements")
    const value = isUtf8(input) ? parseJson(input.toString()) : undefined
    if (!Array.isArray(value) || whole.oversized > 0) return
    hold(!whole.broken, "took an array for broken")
    holdEqual(whole.elements.map(parseJson), value, "the elements are not the array's")
  },
}

/** Whoever reads JSON by hand, with a parser as the judge. */
export const jsonTargets: readonly FuzzTarget[] = [jsonScan, strictJson, slices, arraySplitter]
