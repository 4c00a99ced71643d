export interface StartPageFacts {
  readonly name: string
  readonly state: string
  readonly preview: boolean
  /** the page that plays it */
  readonly previewPage: boolean
  /** where MQTT clients connect, if they can */
  readonly mqttAddress: string | undefined
  /** MQTT over WebSocket on this port */
  readonly webSocket: boolean
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? '')

/** What `/` shows on a box without the phone app: where everything is. */
export const startPage = ({
  name,
  state,
  preview,
  previewPage,
  mqttAddress,
  webSocket,
}: StartPageFacts): string => {
  const lines = [
    ...(previewPage ? ['<a href="/preview">/preview</a>: the live picture in this browser'] : []),
    ...(preview ? ['<a href="/preview.flv">/preview.flv</a>: the live picture as HTTP-FLV'] : []),
    ...(mqttAddress === undefined ? [] : [`<code>${escapeHtml(mqttAddress)}</code>: MQTT`]),
    ...(webSocket ? ['<code>/mqtt</code>: MQTT over WebSocket'] : []),
    '<a href="/healthz">/healthz</a>: whether all is well, with the reasons',
    '<a href="/metrics">/metrics</a>: figures for Prometheus',
    '<a href="/debug">/debug</a>: the state of everything as JSON',
  ]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(name)}</title>
<style>body{font:1rem/1.6 sans-serif;margin:2rem;max-width:40rem}</style>
<h1>${escapeHtml(name)}</h1>
<p>LivePusher Box, ${escapeHtml(state)}. The phone app is not installed here.</p>
<ul>
${lines.map((line) => `<li>${line}</li>`).join('\n')}
</ul>
</html>
`
}
