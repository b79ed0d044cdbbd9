import { describe, expect, it } from "vitest"
import { GatewayError, renderError, renderErrorEvent } from "./errors.ts"

const refused = new GatewayError("invalid_key", "this Sluice key is not known")

describe("an error of the gateway", () => {
  it("has the shape of the protocol that asked", () => {
    expect(JSON.parse(renderError("openai", refused, "req_1"))).toEqual({
      error: {
        message: "this Sluice key is not known",
        type: "authentication_error",
        param: null,
        code: "invalid_key",
      },
    })
    expect(JSON.parse(renderError("anthropic", refused, "req_1"))).toEqual({
      type: "error",
      error: { type: "authentication_error", message: "this Sluice key is not known", code: "invalid_key" },
      request_id: "req_1",
    })
    expect(JSON.parse(renderError("gemini", refused, "req_1"))).toEqual({
      error: {
        code: 401,
        message: "this Sluice key is not known",
        status: "UNAUTHENTICATED",
        details: [{ reason: "invalid_key" }],
      },
    })
  })

  it("is one complete event in a stream", () => {
    expect(renderErrorEvent("openai", refused, null)).toMatch(/^data: \{.*\}\n\n$/)
    expect(renderErrorEvent("anthropic", refused, null)).toMatch(/^event: error\ndata: \{.*\}\n\n$/)
  })
})
