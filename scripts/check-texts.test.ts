import { describe, expect, it } from "vitest"
import { anchorsOf, pointersOf } from "./check-texts.mjs"

describe("the anchors of a document", () => {
  it("are its headings in lower case, without signs, with hyphens for spaces", () => {
    expect(anchorsOf("# What holds, whatever happens\n\n## `/readyz`: who is asked?\n\n### Größe\n")).toEqual([
      "what-holds-whatever-happens",
      "readyz-who-is-asked",
      "größe",
    ])
  })

  it("are told apart by a number when a heading comes twice", () => {
    expect(anchorsOf("## Backup\n## Backup\n## Backup\n")).toEqual(["backup", "backup-1", "backup-2"])
  })

  it("take a heading's link for its text, and a comment of a shell for no heading", () => {
    expect(anchorsOf("## See [the guide](guide.md)\n```sh\n# no heading\n```\n")).toEqual(["see-the-guide"])
  })
})

describe("what a document points at", () => {
  it("is the targets of its links and pictures that are not elsewhere in the world", () => {
    const text =
      '[a](a.md) ![b](images/b.png "title") [c](#here) [d](https://example.com/x.md) [e](mailto:a@example.com)'
    expect(pointersOf(text).links).toEqual(["a.md", "images/b.png", "#here"])
  })

  it("is the files it names in code marks, and nothing inside examples", () => {
    const text =
      "See `docs/rules.md` and `e2e/a.stack.test.ts`, not `*.test.ts` or `x/{y}.ts`.\n```ts\n[a](lost.md)\n```\n"
    expect(pointersOf(text)).toEqual({ links: [], files: ["docs/rules.md", "e2e/a.stack.test.ts"] })
  })
})
