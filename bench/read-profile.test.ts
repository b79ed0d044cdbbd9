import { describe, expect, it } from "vitest"
import { readProfile } from "./read-profile.mjs"

const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9, columnNumber: 0 })

describe("a profile", () => {
  it("counts self time once, inclusive time once a function, and no idling", () => {
    const profile = {
      nodes: [
        { id: 1, callFrame: frame("(root)", ""), children: [2, 5] },
        { id: 2, callFrame: frame("serve", "file:///repo/server/src/gateway/pipeline.js"), children: [3] },
        { id: 3, callFrame: frame("serve", "file:///repo/server/src/gateway/pipeline.js"), children: [4] },
        { id: 4, callFrame: frame("writev", "") },
        { id: 5, callFrame: frame("(idle)", "") },
      ],
      samples: [2, 3, 4, 5],
      timeDeltas: [10, 20, 30, 1000],
    }
    const read = readProfile(profile, "/repo")
    expect(read.busyMicros).toBe(60)
    expect(read.functions).toEqual([
      ["serve  server/src/gateway/pipeline.js:10", 30],
      ["writev  (native)", 30],
    ])
    expect(read.modules).toEqual([
      ["server/src/gateway/pipeline.js", 30],
      ["(native)", 30],
    ])
    expect(read.inclusive).toEqual([["serve  server/src/gateway/pipeline.js:10", 60]])
  })
})
