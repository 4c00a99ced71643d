import test from 'ava'
import { ButtonCommands } from '../../../firmware/daemon/button-actions.js'
import { type ButtonActions, defaultButtonActions } from '../../../firmware/pusher/buttons.js'
import type { BoxState, ButtonEvent } from '../../../firmware/pusher/events.js'
import { FakeBox, idleState } from '../../support/fake-box.js'
import { waitFor } from '../../support/wait-for.js'

const setUp = (state: BoxState['state'] = 'pushing', mute: Partial<ButtonActions> = {}) => {
  const box = new FakeBox()
  box.currentState = { ...idleState, state }
  box.answer = ({ method }) => ({ ok: true, method, result: {} })
  const told: ButtonEvent[] = []
  const refused: string[] = []
  const commands = new ButtonCommands({
    box,
    actions: { ...defaultButtonActions, mute: { ...defaultButtonActions.mute, ...mute } },
    tell: (event) => told.push(event),
    refused: (_, { method }) => refused.push(method),
  })
  const gesture = (button: string, kind: ButtonEvent['gesture'] = 'press'): void =>
    commands.on({ button, gesture: kind, time: 1 })
  const methods = (): string[] => box.submitted.map(({ method }) => method)
  return { box, told, refused, gesture, methods }
}

test('a gesture is an event and the command that MQTT would send', async (t) => {
  const { box, told, gesture, methods } = setUp()
  gesture('switchCamera')
  gesture('snapshot')
  gesture('snapshot', 'hold')
  gesture('mute', 'hold')
  await waitFor(() => box.submitted.length === 4, { what: 'the commands' })
  t.deepEqual(methods(), ['switchCamera', 'snapshot', 'stop', 'pause'])
  t.true(box.submitted.every(({ origin }) => origin === 'button'))
  t.is(told.length, 4)
})

test('what toggles looks at the box: start when idle, resume when paused', async (t) => {
  const idle = setUp('idle')
  idle.gesture('startStop')
  const paused = setUp('paused')
  paused.gesture('mute', 'hold')
  await waitFor(() => idle.methods().length + paused.methods().length === 2, { what: 'the commands' })
  t.deepEqual([...idle.methods(), ...paused.methods()], ['start', 'resume'])
})

test('two quick presses of mute are on and off, however long the first one takes', async (t) => {
  const { box, gesture } = setUp()
  box.answer = async ({ method, options }) => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    box.currentAttributes = { ...box.currentAttributes, ...(options as object) }
    return { ok: true, method, result: {} }
  }
  gesture('mute')
  gesture('mute')
  await waitFor(() => box.submitted.length === 2, { what: 'both' })
  t.deepEqual(
    box.submitted.map(({ options }) => options),
    [{ muted: true }, { muted: false }],
  )
})

test('a box that is paused while it connects is resumed', async (t) => {
  const { box, gesture, methods } = setUp('reconnecting')
  box.answer = ({ method }) => ({ ok: true, method, result: { note: 'nothing to do' } })
  gesture('mute', 'hold')
  await waitFor(() => methods().length === 2, { what: 'both' })
  t.deepEqual(methods(), ['pause', 'resume'])
})

test('the event is told whether or not the command succeeds, and a refusal is told too', async (t) => {
  const { box, told, refused, gesture } = setUp('idle', { double: 'event' })
  box.answer = ({ method }) => ({ ok: false, method, errCode: -1, errMsg: 'no' })
  gesture('snapshot')
  gesture('mute', 'double')
  t.is(told.length, 2)
  await waitFor(() => refused.length === 1, { what: 'the refusal' })
  t.deepEqual(refused, ['snapshot'])
  t.is(box.submitted.length, 1, 'an event alone is no command')
})
