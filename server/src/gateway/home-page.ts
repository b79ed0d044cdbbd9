import type { ServerResponse } from "node:http"

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

/** The page for a person who opens the traffic port in a browser: says what this is and leads to the dashboard. */
export function homePage(response: ServerResponse, dashboardUrl: string): void {
  const url = escapeHtml(dashboardUrl)
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sluice gateway</title>
<h1>Sluice gateway</h1>
<p>This address is for applications: set it as the base URL of your SDK.</p>
<p>People go to the <a href="${url}">dashboard</a>.</p>
</html>
`
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "content-length": Buffer.byteLength(page),
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
  })
  response.end(page)
}
