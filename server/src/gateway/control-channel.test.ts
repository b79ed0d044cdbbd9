import { describe, expect, it } from "vitest"
import { parseControlAddress } from "./control-channel.ts"

describe("control's address", () => {
  it("is a socket of this machine, this machine, or https", () => {
    expect(parseControlAddress("unix:/tmp/control.sock")).toEqual({ kind: "socket", socketPath: "/tmp/control.sock" })
    for (const url of ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://control.example.com"]) {
      expect(parseControlAddress(url).kind).toBe("host")
    }
  })

  it("is never plain http of another machine", () => {
    for (const url of ["http://control.example.com", "http://10.0.0.1", "http://127.evil.com", "http://[::2]"]) {
      expect(() => parseControlAddress(url)).toThrow("https")
    }
  })
})
