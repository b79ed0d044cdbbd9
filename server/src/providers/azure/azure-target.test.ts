import { describe, expect, it } from "vitest"
import { toAzureTarget } from "./azure-target.ts"

const call = { tail: "/chat/completions", deployment: "my gpt", query: "", apiVersion: null }

describe("Azure's path", () => {
  it.each([
    ["of the newer API names no deployment and needs no version", call, "/openai/v1/chat/completions"],
    [
      "of the newer API says preview where asked to",
      { ...call, apiVersion: "preview" },
      "/openai/v1/chat/completions?api-version=preview",
    ],
    [
      "of a dated version stands below the deployment",
      { ...call, apiVersion: "2024-10-21" },
      "/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21",
    ],
    [
      "keeps the client's query, and its version before ours",
      { ...call, query: "?a=1&api-version=2025-01-01-preview", apiVersion: "2024-10-21" },
      "/openai/deployments/my%20gpt/chat/completions?a=1&api-version=2025-01-01-preview",
    ],
    [
      "of what is the resource's own stands below no deployment",
      { ...call, tail: "/files/file-1", apiVersion: "2024-10-21" },
      "/openai/files/file-1?api-version=2024-10-21",
    ],
    [
      "of the responses is the resource's",
      { ...call, tail: "/responses", apiVersion: "2025-03-01-preview" },
      "/openai/responses?api-version=2025-03-01-preview",
    ],
  ])("%s", (_what, given, expected) => {
    expect(toAzureTarget(given)).toBe(expected)
  })
})
