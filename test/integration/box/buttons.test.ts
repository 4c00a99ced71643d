import test from 'ava'
import type { ButtonEvent, NoticeEvent } from '../../../firmware/pusher/events.js'
import { startBox } from '../../support/box.js'
import { startFirmataBoard } from '../../support/hw/firmata-board.js'
import { startNginxRtmp } from '../../support/rtmp/nginx.js'
import { waitFor } from '../../support/wait-for.js'

const [mutePin, snapshotPin, tallyPin, muteLightPin] = [2, 4, 13, 12]

test('buttons of a panel command the box, and its lights show what the box says', async (t) => {
  const panel = await startFirmataBoard(t)
  const server = await startNginxRtmp(t)
  const box = await startBox(t, {
    args: ['--url', server.url()],
    config: {
      buttons: { driver: 'johnny-five', port: panel.port },
      lights: { tally: `panel:${tallyPin}`, mute: `panel:${muteLightPin}` },
    },
  })
  const events = (): string[] =>
    box.messages<ButtonEvent>('event/button').map(({ button, gesture }) => `${button} ${gesture}`)
  /** A finger is not quicker than this, up or down. */
  const finger = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100))
  const tap = async (pin: number, events: () => boolean): Promise<void> => {
    await finger()
    panel.drive(pin, false)
    await finger()
    panel.drive(pin, true)
    await waitFor(events, { what: `the press of pin ${pin}` })
  }
  await box.reaches('pushing')
  await waitFor(() => panel.output(tallyPin), { what: 'the tally light' })
  t.false(panel.output(muteLightPin))
  await waitFor(() => panel.mode(mutePin) !== undefined, { what: 'the buttons to be taken' })

  await tap(mutePin, () => events().includes('mute press'))
  await waitFor(() => box.state()?.muted && panel.output(muteLightPin), { what: 'mute and its light' })
  await tap(snapshotPin, () => events().includes('snapshot press'))
  await waitFor(() => box.messages('snapshot').length === 1, { what: 'the snapshot' })

  // Held: stop. Then a snapshot that is refused, and told all the same.
  panel.drive(snapshotPin, false)
  await waitFor(() => events().includes('snapshot hold'), { what: 'the hold' })
  panel.drive(snapshotPin, true)
  await box.reaches('idle')
  await waitFor(() => !panel.output(tallyPin), { what: 'the tally light to be off' })
  await tap(snapshotPin, () => events().filter((event) => event === 'snapshot press').length === 2)
  await waitFor(
    () => box.messages<NoticeEvent>('event/notice').some(({ kind }) => kind === 'button-refused'),
    { what: 'the refusal' },
  )

  await panel.unplug()
  await waitFor(
    () => box.messages<NoticeEvent>('event/notice').some(({ kind }) => kind === 'buttons-missing'),
    { what: 'the loss of the panel' },
  )
  t.is(box.state()?.state, 'idle')
})
