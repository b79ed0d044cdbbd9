import { readdirSync, readFileSync } from "node:fs"
import { errorCategories } from "@sluice/protocol/error-codes"
import { protocols, providerNames } from "@sluice/protocol/providers"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { classifyError } from "./classify-error.ts"
import { providers } from "./registry.ts"

const folder = new URL("./", import.meta.url)

const expected: Readonly<Record<string, readonly [category: string, code: string | null]>> = {
  "openai/error-401.json": ["auth", "invalid_api_key"],
  "openai/error-429-rate.json": ["rate_limit", "rate_limit_exceeded"],
  "openai/error-429-quota.json": ["rate_limit", "insufficient_quota"],
  "openai/error-400-context.json": ["context_length", "context_length_exceeded"],
  "openai/error-400-filter.json": ["content_filter", "content_policy_violation"],
  "openai/error-400-invalid.json": ["invalid_request", "missing_required_parameter"],
  "openai/error-404-model.json": ["invalid_request", "model_not_found"],
  "openai/error-500.json": ["provider_5xx", "server_error"],
  "anthropic/error-401.json": ["auth", "authentication_error"],
  "anthropic/error-403.json": ["auth", "permission_error"],
  "anthropic/error-400-invalid.json": ["invalid_request", "invalid_request_error"],
  "anthropic/error-400-context.json": ["context_length", "invalid_request_error"],
  "anthropic/error-400-filter.json": ["content_filter", "invalid_request_error"],
  "anthropic/error-400-credit.json": ["rate_limit", "invalid_request_error"],
  "anthropic/error-404.json": ["invalid_request", "not_found_error"],
  "anthropic/error-429.json": ["rate_limit", "rate_limit_error"],
  "anthropic/error-500.json": ["provider_5xx", "api_error"],
  "anthropic/error-504.json": ["timeout", "timeout_error"],
  "anthropic/error-529.json": ["provider_5xx", "overloaded_error"],
  "gemini/error-400-key.json": ["auth", "API_KEY_INVALID"],
  "gemini/error-400-context.json": ["context_length", "INVALID_ARGUMENT"],
  "gemini/error-400-invalid.json": ["invalid_request", "INVALID_ARGUMENT"],
  "gemini/error-403.json": ["auth", "PERMISSION_DENIED"],
  "gemini/error-404.json": ["invalid_request", "NOT_FOUND"],
  "gemini/error-429.json": ["rate_limit", "RESOURCE_EXHAUSTED"],
  "gemini/error-500.json": ["provider_5xx", "INTERNAL"],
  "gemini/error-503.json": ["provider_5xx", "UNAVAILABLE"],
  "gemini/error-504.json": ["timeout", "DEADLINE_EXCEEDED"],
  "groq/error-400-tool.json": ["invalid_request", "tool_use_failed"],
  "groq/error-401.json": ["auth", "invalid_api_key"],
  "groq/error-413-tokens.json": ["rate_limit", "rate_limit_exceeded"],
  "groq/error-498.json": ["rate_limit", "capacity_exceeded"],
  "groq/error-503.json": ["provider_5xx", "internal_server_error"],
  "custom/error-400-context.json": ["context_length", "BadRequestError"],
  "custom/error-401-text.json": ["auth", null],
  "custom/error-502.html": ["provider_5xx", null],
  "mistral/error-401.json": ["auth", null],
  "mistral/error-422.json": ["invalid_request", "invalid_request_error"],
  "mistral/error-429.json": ["rate_limit", "rate_limited"],
  "deepseek/error-401.json": ["auth", "authentication_error"],
  "deepseek/error-402.json": ["rate_limit", "invalid_request_error"],
  "xai/error-400-key.json": ["auth", null],
  "together/error-401.json": ["auth", "invalid_api_key"],
  "openrouter/error-402.json": ["rate_limit", null],
  "openrouter/error-502.json": ["provider_5xx", null],
  "huggingface/error-401.json": ["auth", null],
  "huggingface/error-402.json": ["rate_limit", null],
  "ollama/error-404.json": ["invalid_request", "api_error"],
  "azure/error-401.json": ["auth", null],
  "azure/error-404.json": ["invalid_request", "DeploymentNotFound"],
  "azure/error-400-filter.json": ["content_filter", "content_filter"],
  "azure/error-429.json": ["rate_limit", null],
}

const files = providerNames.flatMap((name) =>
  readdirSync(new URL(`${name}/recorded/`, folder))
    .filter((file) => file.startsWith("error-"))
    .map((file) => ({ name, file, status: Number(file.slice(6, 9)) })),
)

describe("errors of providers", () => {
  it.each(files)("are told apart in $name/$file", ({ name, file, status }) => {
    const body = readFileSync(new URL(`${name}/recorded/${file}`, folder))
    const { category, code } = classifyError(providers[name].protocol, status, body)
    expect([category, code]).toEqual(expected[`${name}/${file}`])
  })

  it.each([
    [400, "invalid_request"],
    [401, "auth"],
    [402, "rate_limit"],
    [403, "auth"],
    [404, "invalid_request"],
    [408, "timeout"],
    [413, "invalid_request"],
    [422, "invalid_request"],
    [429, "rate_limit"],
    [500, "provider_5xx"],
    [503, "provider_5xx"],
    [504, "timeout"],
    [529, "provider_5xx"],
  ])("are told by the status %i when the body says nothing", (status, category) => {
    for (const protocol of protocols) {
      for (const body of [null, "", "<html>", "{}", "[]", '{"error":null}']) {
        expect(classifyError(protocol, status, body)).toEqual({ category, code: null })
      }
    }
  })

  it("never carry more than a word of the body", () => {
    const body = JSON.stringify({ error: { code: "Bearer sk-secret and a prompt", type: "x".repeat(65) } })
    expect(classifyError("openai", 400, body)).toEqual({ category: "invalid_request", code: null })
  })

  it("are always one of our categories, whatever the body", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...protocols),
        fc.integer({ min: 100, max: 599 }),
        fc.json(),
        (protocol, status, json) => {
          const wrapped = `{"error":${json}}`
          for (const body of [json, wrapped, Buffer.from(wrapped).subarray(0, 20)]) {
            expect(errorCategories).toContain(classifyError(protocol, status, body).category)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})
