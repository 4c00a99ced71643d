/**
 * The mirrored picture. What flips a picture can't be changed at run time through the binding, but videoflip obeys
 * the orientation that its stream tells, and that is text. While the picture is not mirrored it is handed through.
 */
import type { Attributes } from '../../pusher/attributes.js'
import type { PropertySetting } from '../protocol.js'

/** All of gstreamer1.0-plugins-good. */
export const mirrorElements = ['taginject', 'videoflip'] as const

/** `method=` in launch text is overridden by video-direction's own default: only the latter counts. */
export const mirrorLaunch = 'taginject name=mirror ! videoflip video-direction=auto'

/** The same in front of stills, for those that show what the preview does. */
export const flipLaunch = 'taginject name=flip ! videoflip video-direction=auto'

const orientation = (element: string, mirrored: boolean): PropertySetting => ({
  element,
  property: 'tags',
  value: `image-orientation=${mirrored ? 'flip-rotate-0' : 'rotate-0'}`,
})

/** From the next frame on. */
export const mirrorSetting = (mirrored: boolean): PropertySetting => orientation('mirror', mirrored)
export const flipSetting = (flipped: boolean): PropertySetting => orientation('flip', flipped)

export const canMirror = (elements: ReadonlySet<string>): boolean =>
  mirrorElements.every((element) => elements.has(element))

/** Why mirroring has no effect on this system; undefined when it has, or when it is off. */
export const mirrorLack = (
  name: string,
  attributes: Attributes,
  elements: ReadonlySet<string>,
): string | undefined => {
  if ((name !== 'mirror' && name !== 'remote-mirror') || !attributes[name] || canMirror(elements))
    return undefined
  const missing = mirrorElements.find((element) => !elements.has(element))
  return `no effect here: GStreamer's ${missing} is missing (gstreamer1.0-plugins-good)`
}
