import { afterEach, describe, expect, it } from "vitest"
import { type CountRequest, createTokeniser, type Tokeniser, type TokeniserOptions } from "./tokeniser.ts"

const open: Tokeniser[] = []

function tokeniser(options: TokeniserOptions = {}): Tokeniser {
  const made = createTokeniser({ deadlineMs: 30_000, ...options })
  open.push(made)
  return made
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close()))
})

const request = (answerText: string, content = "Hello there"): CountRequest => ({
  format: "openai-chat",
  model: "gpt-4o",
  requestBody: Buffer.from(JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content }] })),
  answerText,
  textCut: false,
})

describe("tokeniser", () => {
  it("counts in its thread, in order, whoever asks", async () => {
    const { count } = bind(tokeniser())
    const counts = await Promise.all(["Hi", "tiktoken is great!", ""].map((text) => count(request(text))))
    expect(counts).toEqual([
      { input: 9, output: 1, source: "measured" },
      { input: 9, output: 6, source: "measured" },
      { input: 9, output: null, source: "measured" },
    ])
  })

  it("estimates a prompt over the cap and still counts the answer", async () => {
    const { count } = bind(tokeniser({ maxBodyBytes: 100 }))
    const large = request("tiktoken is great!", "x".repeat(1000))
    const bytes = large.requestBody?.length ?? 0
    expect(await count(large)).toEqual({ input: Math.ceil(bytes / 4), output: 6, source: "estimated" })
  })

  it("estimates at once when too many, or too much, are waiting", async () => {
    const few = bind(tokeniser({ maxWaiting: 2 }))
    const counts = await Promise.all(Array.from({ length: 6 }, () => few.count(request("Hi"))))
    expect(counts.map(({ source }) => source)).toEqual([
      ...["measured", "measured", "measured"],
      ...["estimated", "estimated", "estimated"],
    ])
    const small = bind(tokeniser({ maxWaitingBytes: 50 }))
    expect((await small.count(request("Hi"))).source).toBe("estimated")
  })

  it("gives up on text that takes too long, and counts the next", async () => {
    // 250,000 letters without a break are one word to the vocabulary: the merges take many seconds.
    const made = tokeniser({ deadlineMs: 1500 })
    const hostile = "a".repeat(250_000)
    const [slow, next] = await Promise.all([made.count(request(hostile)), made.count(request("Hi"))])
    expect(slow).toMatchObject({ output: 62_500, source: "estimated" })
    expect(next).toMatchObject({ output: 1, source: "measured" })
  })

  it("answers with estimates when its thread dies, and rests when it keeps dying", async () => {
    // Too little memory for a vocabulary: the thread really runs out of it.
    const warnings: unknown[] = []
    const quiet = (): void => undefined
    const warn = (facts: object): void => void warnings.push(facts)
    const made = tokeniser({ maxMemoryMb: 8, logger: { debug: quiet, info: quiet, warn, error: quiet } })
    const counts = await Promise.all(Array.from({ length: 10 }, () => made.count(request("Hello"))))
    for (const count of counts) expect(count).toMatchObject({ output: 2, source: "estimated" })
    expect(warnings.length).toBeGreaterThan(0)
    for (const facts of warnings) expect(facts).toEqual({ code: "ERR_WORKER_OUT_OF_MEMORY" })
    const begun = process.hrtime.bigint()
    await Promise.all(Array.from({ length: 50 }, () => made.count(request("Hello"))))
    expect(Number(process.hrtime.bigint() - begun)).toBeLessThan(100_000_000)
  })

  it("answers what is waiting when it is closed, and what comes later", async () => {
    const made = tokeniser()
    const waiting = [made.count(request("Hello")), made.count(request("Hello"))]
    await made.close()
    await made.close()
    const later = await made.count(request("Hello"))
    for (const count of [...(await Promise.all(waiting)), later]) {
      expect(count).toMatchObject({ output: 2, source: "estimated" })
    }
  })
})

function bind(made: Tokeniser) {
  return { count: (asked: CountRequest) => made.count(asked) }
}
