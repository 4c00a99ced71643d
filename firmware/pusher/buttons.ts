import type { CommandRequest } from './events.js'

/** The box's buttons: their names, what may be done with one, and what that does. */

export const buttonNames = ['mute', 'switchCamera', 'snapshot', 'startStop'] as const
export type ButtonName = (typeof buttonNames)[number]

export const gestureNames = ['press', 'hold', 'double'] as const
export type Gesture = (typeof gestureNames)[number]

/** The action is the method of the same name. */
export const asMethod = 'as the method'

/** What a gesture may do. */
export const buttonActions = {
  none: 'the gesture does not exist',
  event: 'only the MQTT event',
  mute: 'the sound off or on',
  switchCamera: 'the other camera',
  snapshot: 'a still picture',
  startStop: 'starts when idle, else stops',
  pauseResume: 'closes the camera and mutes, or undoes that',
  start: asMethod,
  stop: asMethod,
  pause: asMethod,
  resume: asMethod,
  toggleTorch: asMethod,
} as const satisfies Record<string, string>

export type ButtonAction = keyof typeof buttonActions
export const buttonActionNames = Object.keys(buttonActions) as [ButtonAction, ...ButtonAction[]]

export type ButtonActions = Readonly<Record<Gesture, ButtonAction>>

export const defaultButtonActions = {
  mute: { press: 'mute', hold: 'pauseResume', double: 'none' },
  switchCamera: { press: 'switchCamera', hold: 'none', double: 'none' },
  snapshot: { press: 'snapshot', hold: 'startStop', double: 'none' },
  startStop: { press: 'startStop', hold: 'none', double: 'none' },
} as const satisfies Readonly<Record<ButtonName, ButtonActions>>

/** What the box is as far as a toggle is concerned. */
export interface ButtonSurroundings {
  readonly state: string
  readonly muted: boolean
}

/** The command of an action, the same as MQTT would send; undefined: there is none. */
export const requestOf = (action: ButtonAction, now: ButtonSurroundings): CommandRequest | undefined => {
  switch (action) {
    case 'none':
    case 'event':
      return undefined
    case 'mute':
      return { method: 'setAttributes', options: { muted: !now.muted }, origin: 'button' }
    case 'startStop':
      return { method: now.state === 'idle' ? 'start' : 'stop', origin: 'button' }
    case 'pauseResume':
      return { method: now.state === 'paused' ? 'resume' : 'pause', origin: 'button' }
    default:
      return { method: action, origin: 'button' }
  }
}
