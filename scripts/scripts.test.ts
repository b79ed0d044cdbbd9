import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import { answerHelp } from "./answer-help.mjs"
import { withBuildLock } from "./build-lock.mjs"
import { findSecrets } from "./check-texts.mjs"
import { fingerprint } from "./fingerprint.mjs"
import { isInstalled } from "./install.mjs"
import { toDuration } from "./progress.mjs"
import { isNodeAtLeast } from "./require-node.mjs"
import { readCommand } from "./run-product.mjs"
import { failuresOf, sumOutcomes, toOutcome } from "./run-tests.mjs"
import { addressIn } from "./stack.mjs"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
const temporaryFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-scripts-"))
  folders.push(folder)
  return folder
}

describe("the oldest Node", () => {
  it.each([
    ["v20.19.0", true],
    ["v20.18.3", false],
    ["v18.20.8", false],
    ["v22.0.0", true],
    ["v24.1.0", true],
  ])("lets %s in: %s", (version, expected) => {
    expect(isNodeAtLeast(version, [20, 19])).toBe(expected)
  })
})

describe("the command that an npm script runs", () => {
  it.each([
    ["start", [], ["start"]],
    ["start", ["--help"], ["start", "--help"]],
    ["start", ["owner-link"], ["owner-link"]],
    ["start", ["help", "configuration"], ["help", "configuration"]],
    ["demo", ["--help"], ["demo", "--help"]],
    ["demo", ["start"], ["demo", "start"]],
  ])("is, for %s with %j, %j", (own, words, expected) => {
    expect(readCommand(own, words)).toEqual(expected)
  })
})

describe("the words after a script's name", () => {
  const answer = (words: readonly string[], takesWords = false) => {
    const said: string[] = []
    const code = answerHelp({ usage: "usage", takesWords }, words, {
      say: (text) => said.push(text),
      complain: (text) => said.push(text),
    })
    return { code, said: said.join() }
  }

  it.each([["--help"], ["-h"]])("ask with %s what it does, instead of running it", (flag) => {
    expect(answer([flag])).toEqual({ code: 0, said: "usage" })
    expect(answer(["a-path", flag], true)).toEqual({ code: 0, said: "usage" })
  })

  it("are refused when nothing would read them", () => {
    expect(answer(["--fix"])).toMatchObject({ code: 2, said: expect.stringContaining("--fix") })
  })

  it("are left alone by scripts that hand them on", () => {
    expect(answer(["a-path"], true)).toEqual({ code: null, said: "" })
    expect(answer([])).toEqual({ code: null, said: "" })
  })
})

describe("an installation by hand", () => {
  const lockfile = {
    packages: {
      "": {},
      protocol: { version: "0.1.0" },
      "node_modules/@sluice/protocol": { link: true },
      "node_modules/zod": { version: "4.6.7" },
      "node_modules/esbuild-other-system": { version: "1.0.0", optional: true },
    },
  }

  it("counts when it has every version that is asked for", () => {
    expect(isInstalled(lockfile, { packages: { "node_modules/zod": { version: "4.6.7" } } })).toBe(true)
  })

  it("does not count when a version differs or a package is missing", () => {
    expect(isInstalled(lockfile, { packages: { "node_modules/zod": { version: "4.6.6" } } })).toBe(false)
    expect(isInstalled(lockfile, { packages: {} })).toBe(false)
  })
})

describe("a fingerprint of sources", () => {
  const write = (folder: string, path: string, content: string) => {
    mkdirSync(join(folder, path, ".."), { recursive: true })
    writeFileSync(join(folder, path), content)
  }

  it("follows content and names, and nothing else", () => {
    const folder = temporaryFolder()
    write(folder, "src/a.ts", "one")
    const first = fingerprint(folder, ["src"])
    write(folder, "src/a.test.ts", "a test")
    write(folder, "src/dist/a.js", "a result")
    write(folder, "src/a.ts", "one")
    expect(fingerprint(folder, ["src"])).toBe(first)
    write(folder, "src/a.ts", "two")
    expect(fingerprint(folder, ["src"])).not.toBe(first)
  })

  it("tells a moved boundary between two files", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), fc.nat(40), fc.nat(40), (text, one, other) => {
        fc.pre(Math.min(one, text.length) !== Math.min(other, text.length))
        const folder = temporaryFolder()
        const cutAt = (position: number) => {
          write(folder, "a.ts", text.slice(0, position))
          write(folder, "b.ts", text.slice(position))
          return fingerprint(folder, ["a.ts", "b.ts"])
        }
        expect(cutAt(one)).not.toBe(cutAt(other))
      }),
      { numRuns: 30 },
    )
  })

  it("counts a folder that is not there as empty", () => {
    expect(fingerprint(temporaryFolder(), ["nowhere"])).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe("the build lock", () => {
  it("lets one at a time in", async () => {
    const path = join(temporaryFolder(), "lock")
    const order: string[] = []
    const enter = (name: string) =>
      withBuildLock(path, async () => {
        order.push(`${name} in`)
        await Promise.resolve()
        order.push(`${name} out`)
      })
    await Promise.all([enter("a"), enter("b")])
    expect(order).toEqual(["a in", "a out", "b in", "b out"])
  })

  it("takes over from a process that is gone, and lets go when the work fails", async () => {
    const path = join(temporaryFolder(), "lock")
    writeFileSync(path, "4194999")
    await expect(withBuildLock(path, () => Promise.reject(new Error("no")))).rejects.toThrow("no")
    expect(await withBuildLock(path, () => Promise.resolve("yes"))).toBe("yes")
  })
})

describe("the outcome of a test run", () => {
  const file = (status: string, ...statuses: string[]) => ({
    status,
    assertionResults: statuses.map((one, position) => ({ status: one, fullName: `test ${position}` })),
  })

  it("counts what passed, failed and did not run", () => {
    const report = { testResults: [file("failed", "passed", "failed"), file("passed", "passed", "pending")] }
    expect(toOutcome(report, 1)).toEqual({ passed: 2, failed: 1, skippedTitles: ["test 1"], broken: false })
  })

  it("counts a file that did not load as a failure", () => {
    expect(toOutcome({ testResults: [file("failed")] }, 1)).toMatchObject({ failed: 1, broken: false })
  })

  it("is broken when the run failed without a test to show for it", () => {
    expect(toOutcome({ testResults: [file("passed", "passed")] }, 1).broken).toBe(true)
    expect(toOutcome(null, 1).broken).toBe(true)
  })

  it("is no success when nothing ran, and on a build machine when anything was skipped", () => {
    const skipped = { passed: 1, failed: 0, skippedTitles: ["needs a browser"], broken: false }
    expect(failuresOf(skipped, { ci: false })).toEqual([])
    expect(failuresOf(skipped, { ci: true })[0]).toContain("needs a browser")
    expect(failuresOf(sumOutcomes([]), { ci: false })).toEqual(["no test ran"])
  })
})

describe("the search for secrets", () => {
  it("finds what has the shape of a real key", () => {
    expect(findSecrets(`token = "${["ghp", "q8Zx2Lm4Nw6Bv0Cy1Du3Ft5Gr7Hs9Jk2Pe4W"].join("_")}"`)).toEqual([
      "a GitHub token",
    ])
    expect(findSecrets(["AKIA", "Q3WERT7YUIOP1ASD"].join(""))).toEqual(["an AWS key"])
  })

  it("leaves alone what says that it is made up, or repeats itself", () => {
    expect(findSecrets(`sk-${"a".repeat(48)}`)).toEqual([])
    expect(findSecrets(`sk-proj-example${"aB3dE5gH7jK9mN1pQ3sT5vW7".repeat(2)}`)).toEqual([])
  })
})

describe("figures for people", () => {
  it.each([
    [4, "4 ms"],
    [1234, "1.2 s"],
    [59_990, "1 min 0 s"],
    [245_000, "4 min 5 s"],
  ])("shows %d ms as %s", (ms, text) => {
    expect(toDuration(ms)).toBe(text)
  })

  it("finds the addresses a start prints", () => {
    const output = "Sluice is ready.\n\n  Gateway    http://127.0.0.1:8484  (LLM traffic)\n"
    expect(addressIn(output, "Gateway")).toBe("http://127.0.0.1:8484")
    expect(addressIn(output, "Metrics")).toBeNull()
  })
})
