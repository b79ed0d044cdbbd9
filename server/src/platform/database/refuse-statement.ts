/**
 * Why a text of SQL must not run on the embedded database, or null when it may. All its connections share one session
 * that nothing can interrupt, so what would wait for the client (COPY), be delivered to nobody (LISTEN) or change the
 * session for everyone (SET outside a transaction's own scope) is refused with a sentence that says what to do instead.
 */
export function refuseStatement(sql: string): string | null {
  if (!suspects.test(sql)) return null
  for (const statement of withoutLiterals(sql).split(";")) {
    const words = statement.trim().split(/\s+/, 2)
    const first = words[0]?.toUpperCase()
    const second = words[1]?.toUpperCase()
    if (first === "COPY") return "COPY is not available on the embedded database; use INSERT with one JSON parameter"
    if (first === "LISTEN" || first === "UNLISTEN") {
      return "LISTEN is not available on the embedded database, whose connections share one session"
    }
    if (first === "SET" && !(second && transactionScoped.has(second))) {
      return "SET would change the session that all connections of the embedded database share; use SET LOCAL in a transaction"
    }
  }
  return null
}

const suspects = /\b(?:copy|listen|unlisten|set)\b/i
const transactionScoped = new Set(["LOCAL", "TRANSACTION", "CONSTRAINTS"])

/** Strings (plain, escaped, dollar-quoted), quoted names and comments, each as a whole. Block comments do not nest here. */
const literals =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\b[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?(?:\1|$)/g

function withoutLiterals(sql: string): string {
  return sql.replace(literals, (found) => (found.startsWith("--") || found.startsWith("/*") ? " " : "''"))
}
