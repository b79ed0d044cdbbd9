import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createErrorResponse, createReadyForQuery, readFinalStatus } from "./wire.ts"

describe("the wire protocol's messages", () => {
  it("finds the status at the end of any answer", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom("I", "T", "E"), (before, status) => {
        const answer = Buffer.concat([before, createReadyForQuery(status as "I" | "T" | "E")])
        expect(readFinalStatus(answer)).toBe(status)
      }),
    )
  })

  it("finds none where the answer stops early", () => {
    const answer = createReadyForQuery("I")
    for (let length = 0; length < answer.length; length += 1) {
      expect(readFinalStatus(answer.subarray(0, length))).toBeNull()
    }
    expect(readFinalStatus(Buffer.from("Z\0\0\0\u0005X"))).toBeNull()
  })

  it("writes an error with its length, code and message, and no byte that would end a field early", () => {
    const error = Buffer.from(createErrorResponse({ code: "0A000", message: "not\0here" }))
    expect(error.readInt32BE(1)).toBe(error.length - 1)
    expect(error.toString("utf8", 5)).toBe("SERROR\0VERROR\0C0A000\0Mnothere\0\0")
  })
})
