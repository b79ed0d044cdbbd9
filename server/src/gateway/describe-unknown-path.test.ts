import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { describeUnknownPath } from "./describe-unknown-path.ts"

const describeIt = (path: string) => describeUnknownPath(path, "http://127.0.0.1:8485")

describe("a path that leads nowhere", () => {
  it.each([
    ["/chat/completions", "/v1/chat/completions"],
    ["/v1/v1/messages", "/v1/messages"],
    ["/v1/v1beta/models/gemini-2.5-flash:generateContent", "/v1beta/models/gemini-2.5-flash:generateContent"],
    ["/models", "/v1/models"],
  ])("%s is answered with the one that was meant: %s", (path, meant) => {
    expect(describeIt(path)).toContain(`Did you mean "${meant}"? Check the base URL`)
  })

  it("of the management API is answered with where that is", () => {
    expect(describeIt("/api/v1/requests")).toContain("The management API is at http://127.0.0.1:8485/api/v1.")
  })

  it("of another kind gets the list and no guess", () => {
    expect(describeIt("/v1/nothing")).toMatch(
      /^there is nothing at "\/v1\/nothing"\. Routes: POST \/v1\/chat\/completions/,
    )
  })

  it("is answered whatever it holds, without repeating more than 200 characters of it", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2000 }), (tail) => {
        expect(describeIt(`/${tail}`)).toMatch(/^there is nothing at ".{0,1300}"\./s)
      }),
    )
  })
})
