/** The pairing code of the box that is shown, for another phone. */
import { useMemo } from 'preact/hooks'
import qrcode from 'qrcode-generator'
import { pictureIsHere, shownBox } from '../store/box.js'
import { pairingHash } from '../store/pairing.js'
import { text } from '../texts/texts.js'

const loopback = /^(?:localhost|127\.|\[::1\])/

export const Share = () => {
  const { box } = text.value
  const shown = shownBox.value
  const link = shown && pictureIsHere() ? `${location.origin}/${pairingHash(shown)}` : undefined
  if (!link) return null
  return (
    <details class="card" id="share">
      <summary>
        <h2>{box.share}</h2>
      </summary>
      <p class="help">{loopback.test(location.hostname) ? box.shareLocal : box.shareHint}</p>
      <Code content={link} label={box.code} />
      <p class="secret">{link.replace(/token=[^&]*/, 'token=***')}</p>
    </details>
  )
}

/** Modules of light around a code, as the standard wants. */
const margin = 4

const Code = ({ content, label }: { readonly content: string; readonly label: string }) => {
  const { path, side } = useMemo(() => {
    const code = qrcode(0, 'M')
    code.addData(content)
    code.make()
    const count = code.getModuleCount()
    const squares: string[] = []
    for (let y = 0; y < count; y += 1)
      for (let x = 0; x < count; x += 1)
        if (code.isDark(y, x)) squares.push(`M${x + margin} ${y + margin}h1v1h-1z`)
    return { path: squares.join(''), side: count + 2 * margin }
  }, [content])
  return (
    <svg
      class="code"
      viewBox={`0 0 ${side} ${side}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
