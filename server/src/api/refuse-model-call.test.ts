import { describe, expect, it } from "vitest"
import { refuseModelCall } from "./refuse-model-call.ts"

const refuse = (path: string, accept?: string) => refuseModelCall({ path, accept }, "http://127.0.0.1:8484/")

describe("a model call at the port of the dashboard", () => {
  it.each([
    "/v1/chat/completions",
    "/chat/completions",
    "/v1/messages",
    "/v1/models",
    "/v1beta/models/gemini-2.5-flash:generateContent",
    "/openai/deployments/gpt/chat/completions",
    "/v1/v1/messages",
  ])("is told where the gateway is: %s", (path) => {
    const error = refuse(path, "application/json")
    expect(error).toMatchObject({ status: 404, code: "not_found" })
    expect(error?.message).toContain("http://127.0.0.1:8484/v1 with OpenAI clients")
    expect(error?.message).toContain("http://127.0.0.1:8484 with Anthropic")
  })

  it.each(["/", "/requests", "/messages-of-mine", "/assets/index.js", "/v2/chat"])("is not seen in %s", (path) => {
    expect(refuse(path)).toBeNull()
  })

  it("is not seen in the pages that a browser asks for", () => {
    expect(refuse("/models", "text/html,application/xhtml+xml")).toBeNull()
  })
})
