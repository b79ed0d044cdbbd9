import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { lockForPackage } from "./lock-for-package.mjs"
import { moveIntoStage, readInstructions, runDockerfile } from "./run-dockerfile.mjs"

describe("the lockfile of a package", () => {
  const packages = {
    "": {},
    "node_modules/a": { version: "1.0.0", integrity: "sha512-a", dev: true, dependencies: { b: "^1.0.0" } },
    "node_modules/b": { version: "1.2.0", integrity: "sha512-b" },
    "node_modules/c": { version: "3.0.0", integrity: "sha512-c", optionalDependencies: { missing: "1" } },
    "node_modules/only-for-tests": { version: "9.0.0" },
    "server/node_modules/b": { version: "2.0.0", integrity: "sha512-bb", dependencies: { c: "^3.0.0" } },
    "node_modules/a/node_modules/b": { version: "1.1.0", integrity: "sha512-ab" },
  }

  it("takes the versions that were tested, where Node would find them, and nothing else", () => {
    expect(lockForPackage(packages, "server", { a: "1.0.0", b: "2.0.0" })).toEqual({
      "node_modules/a": { version: "1.0.0", integrity: "sha512-a", dependencies: { b: "^1.0.0" } },
      "node_modules/a/node_modules/b": { version: "1.1.0", integrity: "sha512-ab" },
      "node_modules/b": { version: "2.0.0", integrity: "sha512-bb", dependencies: { c: "^3.0.0" } },
      "node_modules/c": { version: "3.0.0", integrity: "sha512-c", optionalDependencies: { missing: "1" } },
    })
  })

  it("says what is missing", () => {
    expect(() => lockForPackage(packages, "server", { d: "1.0.0" })).toThrow("which d is meant for server")
  })
})

describe("a Dockerfile without an engine", () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sluice-dockerfile-"))
    mkdirSync(join(folder, "context/kept/dropped"), { recursive: true })
    writeFileSync(join(folder, "context/kept/a.ts"), "a")
    writeFileSync(join(folder, "context/kept/a.test.ts"), "a")
    writeFileSync(join(folder, "context/kept/dropped/b"), "b")
    writeFileSync(join(folder, "context/secret"), "s")
    writeFileSync(join(folder, "context/.dockerignore"), "# what is sent\n**\n!kept\nkept/dropped\n**/*.test.ts\n")
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function run(dockerfile: string) {
    writeFileSync(join(folder, "context/Dockerfile"), dockerfile)
    return runDockerfile({ context: join(folder, "context"), scratch: join(folder, "scratch"), say: () => {} })
  }

  it("joins lines, drops comments, and moves every absolute path into the stage", () => {
    expect(readInstructions("FROM a\n# no\nRUN x \\\n  && y\n")).toMatchObject([{ name: "FROM" }, { text: "x && y" }])
    expect(moveIntoStage("rm -rf /usr/a /b/*.c --to=/d 'e' f/g", "/r")).toBe(
      "rm -rf /r/usr/a /r/b/*.c --to=/r/d 'e' f/g",
    )
  })

  it("copies what is sent and nothing else, and runs steps in the stage", () => {
    const image = run(
      [
        "FROM node AS build",
        "WORKDIR /source",
        "COPY . .",
        "RUN find . -type f > /files",
        "FROM node",
        "COPY --from=build /files /out/",
        "ENV A=b C=/out",
        'CMD ["cat", "files"]',
      ].join("\n"),
    )
    expect(image.command).toEqual(["cat", "files"])
    expect(image.environment).toEqual({ A: "b", C: "/out" })
    const listed = run(
      ["FROM node AS last", "COPY kept/a.ts /x", "RUN test -f /x && ! test -f /secret", 'CMD ["x"]'].join("\n"),
    )
    expect(listed.workdir).toBe("/")
    expect(() => run("FROM node\nCOPY secret /x")).toThrow("ignored by .dockerignore")
  })

  it("refuses a command that a shell would stand in front of, and what it does not know", () => {
    expect(() => run("FROM node\nCMD node main.js")).toThrow("not in exec form")
    expect(() => run("FROM node\nADD https://example.com /x")).toThrow("instruction ADD")
    expect(() => run("FROM node\nRUN false")).toThrow("RUN ended with 1")
  })
})
