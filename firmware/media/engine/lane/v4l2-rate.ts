/** The rate of a V4L2 encoder that runs: a control on its own descriptor, which GStreamer's element shows. */
import { ioctl } from '../../../libc.js'

/** VIDIOC_S_CTRL of linux/videodev2.h, with a struct v4l2_control of 8 bytes */
const setControl = 0xc008561c
/** V4L2_CID_MPEG_VIDEO_BITRATE, bit/s */
const videoBitrate = 0x009909cf

/** @returns whether the driver took it */
export const setV4l2Bitrate = (fd: number, kbps: number): boolean => {
  const control = Buffer.alloc(8)
  control.writeUInt32LE(videoBitrate, 0)
  control.writeInt32LE(Math.round(kbps * 1000), 4)
  return ioctl(fd, setControl, control) === 0
}
