/** The first thing that a new phone sees. */
import { Icon } from '../parts/icon.js'
import { hostBox } from '../store/boxes.js'
import { text } from '../texts/texts.js'

export const PairPage = ({ begin }: { readonly begin: () => void }) => {
  const { pair, link } = text.value
  const box = hostBox.value
  return (
    <main class="page welcome" id="page">
      <span class="sign">
        <Icon name="box" size={64} />
      </span>
      <h1>{pair.title}</h1>
      <p>{pair.text}</p>
      <p role="status">{box ? pair.paired(box.name) : pair.looking}</p>
      {box ? (
        <button type="button" class="primary" onClick={begin}>
          {pair.begin}
        </button>
      ) : (
        <p class="help">{link.lostHint}</p>
      )}
    </main>
  )
}
