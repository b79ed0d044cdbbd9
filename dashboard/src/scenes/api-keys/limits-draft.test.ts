import { describe, expect, it } from "vitest"
import { findMistakes, toKeyChange, toLimits, toLimitsDraft } from "./limits-draft.ts"

const nothing = toLimitsDraft(null)

describe("limits being typed", () => {
  it("are none where nothing stands, and numbers with or without their thousands apart", () => {
    expect(toLimits({ ...nothing, tokens_per_minute: "90,000", concurrent_streams: " 5 " })).toEqual({
      requests_per_minute: null,
      tokens_per_minute: 90_000,
      concurrent_streams: 5,
      concurrent_requests: null,
    })
  })

  it("come back as they were", () => {
    const limits = {
      requests_per_minute: 60,
      tokens_per_minute: null,
      concurrent_streams: 1,
      concurrent_requests: null,
    }
    expect(toLimits(toLimitsDraft(limits))).toEqual(limits)
  })

  it.each(["0", "-3", "1.5", "many", "1000000001"])("say what is wrong with %j", (text) => {
    expect(Object.keys(findMistakes({ ...nothing, requests_per_minute: text }))).toEqual(["requests_per_minute"])
  })

  it("send of a key what was changed and nothing else", () => {
    const limits = toLimits(nothing)
    const before = { name: "app", limits: { ...limits, tokens_per_minute: 90 } }
    expect(toKeyChange(before, before)).toEqual({})
    expect(toKeyChange(before, { ...before, name: "other" })).toEqual({ name: "other" })
    expect(toKeyChange(before, { ...before, limits })).toEqual({ limits: { tokens_per_minute: null } })
  })

  it("are right when they are empty", () => {
    expect(findMistakes(nothing)).toEqual({})
  })
})
